import { expect } from 'vitest'
import type { Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { logOf, podOf, podUntil, runningPod } from '../framework/pods.ts'
import { eventually } from '../../harness/containers.ts'

const lookingAround = (name: string): object => ({
  name, image: 'busybox:1.35', command: ['/bin/sh', '-c', 'while true; do echo polo; sleep 2; done'], stdin: true, tty: true,
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true, runAsUser: 1000 },
})
const runs = (f: Framework, name: string): Promise<Pod> => podUntil(f, 'ephemeral-containers-target-pod', `${name} running`, ({ status }) => status?.ephemeralContainerStatuses?.find((s) => s.name === name)?.state?.running !== undefined)

conformance('[sig-node] Ephemeral Containers [NodeConformance] will start an ephemeral container in an existing pod', async (f) => {
  const pod = await runningPod(f, podOf('ephemeral-containers-target-pod'))
  const spec = { '$setElementOrder/ephemeralContainers': [{ name: 'debugger' }], ephemeralContainers: [lookingAround('debugger')] }
  await f.client.patch(f.core('pods', `${pod.metadata.name}/ephemeralcontainers`), 'strategic', { spec })
  await runs(f, 'debugger')
  expect(await f.kubectl(['exec', pod.metadata.name, '-c', 'debugger', '--', '/bin/echo', 'marco'])).toContain('marco')
  await eventually('its output', async () => (await logOf(f, pod.metadata.name, 'debugger')).includes('polo'))
})

conformance('[sig-node] Ephemeral Containers [NodeConformance] should update the ephemeral containers in an existing pod', async (f) => {
  const { metadata: { name } } = await runningPod(f, podOf('ephemeral-containers-target-pod'))
  const path = f.core('pods', `${name}/ephemeralcontainers`)
  await f.client.patch(path, 'strategic', { spec: { ephemeralContainers: [lookingAround('debugger')] } })
  await runs(f, 'debugger')
  const current = await f.client.get<Pod>(path)
  current.spec.ephemeralContainers = [...(current.spec.ephemeralContainers ?? []), lookingAround('debugger2') as never]
  const updated = await f.client.replace<Pod>(path, current)
  expect(updated.spec.ephemeralContainers?.map((c) => c.name)).toEqual(['debugger', 'debugger2'])
  await runs(f, 'debugger2')
  expect((await f.client.get<Pod>(f.core('pods', name))).spec.ephemeralContainers).toHaveLength(2)
})
