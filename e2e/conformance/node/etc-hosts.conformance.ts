import { expect } from 'vitest'
import { conformance, type Framework } from '../framework/conformance.ts'
import { forever, logOf, podOf, podUntil, createPod, runningPod, sh } from '../framework/pods.ts'

const MANAGED = '# Kubernetes-managed hosts file.'

function hostsOf(f: Framework, pod: string, container: string): Promise<string> {
  return f.kubectl(['exec', pod, '-c', container, '--', 'cat', '/etc/hosts'])
}

conformance('[sig-node] KubeletManagedEtcHosts should test kubelet managed /etc/hosts file [NodeConformance]', async (f) => {
  const volumes = [{ name: 'host-etc-hosts', hostPath: { path: '/etc/hosts', type: 'FileOrCreate' } }]
  const original = { name: 'host-etc-hosts', mountPath: '/etc/hosts-original' }
  const own = { name: 'host-etc-hosts', mountPath: '/etc/hosts' }
  const containers = (names: readonly string[]): object[] => names.map((name, i) => ({ name, ...forever(), volumeMounts: i === 2 ? [own, original] : [original] }))
  await Promise.all([
    runningPod(f, podOf('test-pod', { volumes, containers: containers(['busybox-1', 'busybox-2', 'busybox-3']) })),
    runningPod(f, podOf('test-host-network-pod', { hostNetwork: true, volumes, containers: containers(['busybox-1', 'busybox-2']) })),
  ])
  for (const name of ['busybox-1', 'busybox-2']) expect(await hostsOf(f, 'test-pod', name)).toContain(MANAGED)
  // Whoever mounts a file of its own there has that one.
  expect(await hostsOf(f, 'test-pod', 'busybox-3')).not.toContain(MANAGED)
  expect(await hostsOf(f, 'test-pod', 'busybox-3')).toBe(await f.kubectl(['exec', 'test-pod', '-c', 'busybox-3', '--', 'cat', '/etc/hosts-original']))
  for (const name of ['busybox-1', 'busybox-2']) expect(await hostsOf(f, 'test-host-network-pod', name)).not.toContain(MANAGED)
})

conformance('[sig-node] Kubelet when scheduling an agnhost Pod with hostAliases should write entries to /etc/hosts [NodeConformance]', async (f) => {
  const pod = podOf('host-aliases', { hostAliases: [{ ip: '123.45.67.89', hostnames: ['foo', 'bar'] }], restartPolicy: 'Never', containers: [sh('cat /etc/hosts')] })
  await createPod(f, pod)
  await podUntil(f, 'host-aliases', 'ended', ({ status }) => status?.phase === 'Succeeded')
  const hosts = await logOf(f, 'host-aliases')
  expect(hosts).toContain(MANAGED)
  expect(hosts).toContain('123.45.67.89\tfoo\tbar')
})
