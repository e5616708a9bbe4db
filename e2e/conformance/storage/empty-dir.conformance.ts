import { expect } from 'vitest'
import { conformance } from '../framework/conformance.ts'
import { forever, outputOf, podOf, runningPod, sh } from '../framework/pods.ts'

// An emptyDir is open to everybody, on a disk or in memory, and what is made in it keeps its mode.

type Who = 'root' | 'non-root'
const NON_ROOT_UID = 1001
const AT = '/test-volume'

/** What a pod's container says of the volume: its file system and what `script` says. */
async function saidOf(f: Parameters<Parameters<typeof conformance>[1]>[0], who: Who, medium: '' | 'Memory', script: string): Promise<string> {
  return outputOf(f, podOf(f.unique('pod-emptydir'), {
    volumes: [{ name: 'test-volume', emptyDir: { medium } }],
    containers: [{
      ...sh(`echo "mount type: $(stat -f -c %T ${AT})"; ${script}`), volumeMounts: [{ name: 'test-volume', mountPath: AT }],
      ...(who === 'root' ? {} : { securityContext: { runAsUser: NON_ROOT_UID } }),
    }],
  }))
}

for (const [name, medium] of [
  ['[sig-storage] EmptyDir volumes volume on tmpfs should have the correct mode [LinuxOnly] [NodeConformance]', 'Memory'],
  ['[sig-storage] EmptyDir volumes volume on default medium should have the correct mode [LinuxOnly] [NodeConformance]', ''],
] as const) {
  conformance(name, async (f) => {
    const said = await saidOf(f, 'root', medium, `echo "perms: $(stat -c %A ${AT})"`)
    expect(said).toContain('perms: drwxrwxrwx\n')
    expect(said.includes('mount type: tmpfs\n')).toBe(medium === 'Memory')
  })
}

const FILES: [string, Who, string, '' | 'Memory'][] = [
  ['[sig-storage] EmptyDir volumes should support (root,0644,tmpfs) [LinuxOnly] [NodeConformance]', 'root', '-rw-r--r--', 'Memory'],
  ['[sig-storage] EmptyDir volumes should support (root,0666,tmpfs) [LinuxOnly] [NodeConformance]', 'root', '-rw-rw-rw-', 'Memory'],
  ['[sig-storage] EmptyDir volumes should support (root,0777,tmpfs) [LinuxOnly] [NodeConformance]', 'root', '-rwxrwxrwx', 'Memory'],
  ['[sig-storage] EmptyDir volumes should support (non-root,0644,tmpfs) [LinuxOnly] [NodeConformance]', 'non-root', '-rw-r--r--', 'Memory'],
  ['[sig-storage] EmptyDir volumes should support (non-root,0666,tmpfs) [LinuxOnly] [NodeConformance]', 'non-root', '-rw-rw-rw-', 'Memory'],
  ['[sig-storage] EmptyDir volumes should support (non-root,0777,tmpfs) [LinuxOnly] [NodeConformance]', 'non-root', '-rwxrwxrwx', 'Memory'],
  ['[sig-storage] EmptyDir volumes should support (root,0644,default) [LinuxOnly] [NodeConformance]', 'root', '-rw-r--r--', ''],
  ['[sig-storage] EmptyDir volumes should support (root,0666,default) [LinuxOnly] [NodeConformance]', 'root', '-rw-rw-rw-', ''],
  ['[sig-storage] EmptyDir volumes should support (root,0777,default) [LinuxOnly] [NodeConformance]', 'root', '-rwxrwxrwx', ''],
  ['[sig-storage] EmptyDir volumes should support (non-root,0644,default) [LinuxOnly] [NodeConformance]', 'non-root', '-rw-r--r--', ''],
  ['[sig-storage] EmptyDir volumes should support (non-root,0666,default) [LinuxOnly] [NodeConformance]', 'non-root', '-rw-rw-rw-', ''],
  ['[sig-storage] EmptyDir volumes should support (non-root,0777,default) [LinuxOnly] [NodeConformance]', 'non-root', '-rwxrwxrwx', ''],
]

for (const [name, who, mode, medium] of FILES) {
  conformance(name, async (f) => {
    const octal = /,(\d{4}),/.exec(name)?.[1] ?? ''
    const said = await saidOf(f, who, medium, `umask 0; echo new file > ${AT}/file && chmod ${octal} ${AT}/file; stat -c '%A %u' ${AT}/file; cat ${AT}/file`)
    expect(said).toContain(`${mode} ${String(who === 'root' ? 0 : NON_ROOT_UID)}\nnew file\n`)
    expect(said.includes('mount type: tmpfs\n')).toBe(medium === 'Memory')
  })
}

conformance('[sig-storage] EmptyDir volumes pod should support shared volumes between containers', async (f) => {
  const path = '/usr/share/volumeshare/shareddata.txt'
  const mount = { volumeMounts: [{ name: 'shared-data', mountPath: '/usr/share/volumeshare' }] }
  const pod = podOf(f.unique('pod-sharedvolume'), {
    volumes: [{ name: 'shared-data', emptyDir: {} }],
    containers: [{ name: 'main', ...forever(`until [ -e ${path} ]; do sleep 0.2; done`), ...mount }, { name: 'sub', ...forever(`echo Hello from the sub-container > ${path}`), ...mount }],
  })
  await runningPod(f, pod)
  expect(await f.kubectl(['exec', pod.metadata.name, '-c', 'main', '--', 'sh', '-c', `until [ -s ${path} ]; do sleep 0.2; done; cat ${path}`])).toBe('Hello from the sub-container\n')
})
