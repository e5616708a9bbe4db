import { expect } from 'vitest'
import { conformance } from '../framework/conformance.ts'
import { createPod, endedPod, logOf, outputOf, podOf, podUntil, sh } from '../framework/pods.ts'

conformance('[sig-node] Kubelet when scheduling a busybox command in a pod should print the output to logs [NodeConformance]', async (f) => {
  expect(await outputOf(f, podOf('busybox-scheduling', { containers: [sh("echo 'Hello World' ; sleep 1")] }))).toBe('Hello World\n')
})

const FAILS = podOf('bin-false', { restartPolicy: 'Never', containers: [{ command: ['/bin/false'] }] })

conformance('[sig-node] Kubelet when scheduling a busybox command that always fails in a pod should have an terminated reason [NodeConformance]', async (f) => {
  const { status } = await endedPod(f, FAILS)
  expect(status?.containerStatuses).toHaveLength(1)
  expect(status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 1, reason: 'Error' })
})

conformance('[sig-node] Kubelet when scheduling a busybox command that always fails in a pod should be possible to delete [NodeConformance]', async (f) => {
  await createPod(f, podOf('bin-false', { containers: [{ command: ['/bin/false'] }] }))
  await podUntil(f, 'bin-false', 'restarted', ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0)
  await f.client.delete(f.core('pods', 'bin-false'))
})

conformance('[sig-node] Kubelet when scheduling a read only busybox container should not write to root filesystem [LinuxOnly] [NodeConformance]', async (f) => {
  const { metadata: { name } } = await endedPod(f, podOf('busybox-readonly-fs', { containers: [{ ...sh('echo test > /file; sleep 1'), securityContext: { readOnlyRootFilesystem: true } }] }))
  expect(await logOf(f, name)).toMatch(/^sh: can't create \/file: Read-only file system\n$/)
})
