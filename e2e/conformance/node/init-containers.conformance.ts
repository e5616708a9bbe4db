import { expect } from 'vitest'
import type { Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { createPod, endedPod, forever, podOf, podUntil } from '../framework/pods.ts'

const init = (name: string, command = '/bin/true'): { name: string; image: string; command: string[] } => ({ name, image: 'busybox:1.35', command: [command] })
const condition = ({ status }: Pod, type: string): string | undefined => status?.conditions?.find((c) => c.type === type)?.status

function initialized(pod: Pod): void {
  expect(condition(pod, 'Initialized')).toBe('True')
  expect(pod.status?.initContainerStatuses).toHaveLength(2)
  for (const status of pod.status?.initContainerStatuses ?? []) {
    expect(status.ready).toBe(true)
    expect(status.state?.terminated?.exitCode).toBe(0)
  }
}

conformance('[sig-node] InitContainer [NodeConformance] should invoke init containers on a RestartNever pod', async (f) => {
  const pod = await endedPod(f, podOf('pod-init', { initContainers: [init('init1'), init('init2')], containers: [{ command: ['/bin/true'] }] }))
  expect(pod.status?.phase).toBe('Succeeded')
  initialized(pod)
})

conformance('[sig-node] InitContainer [NodeConformance] should invoke init containers on a RestartAlways pod', async (f) => {
  await createPod(f, podOf('pod-init', { initContainers: [init('init1'), init('init2')], containers: [{ ...forever(), resources: { limits: { cpu: '100m' } } }] }))
  initialized(await podUntil(f, 'pod-init', 'running', ({ status }) => status?.phase === 'Running'))
})

/** What is seen of a pod whose app must not start, until `done`. */
async function neverStarted(f: Framework, done: (pod: Pod) => boolean): Promise<Pod> {
  return podUntil(f, 'pod-init', 'as wanted', (pod) => {
    for (const { state } of pod.status?.containerStatuses ?? []) expect(state?.waiting?.reason).toBe('PodInitializing')
    return done(pod)
  })
}

conformance('[sig-node] InitContainer [NodeConformance] should not start app containers if init containers fail on a RestartAlways pod', async (f) => {
  await createPod(f, podOf('pod-init', { initContainers: [init('init1', '/bin/false'), init('init2')], containers: [{ ...forever() }] }))
  const pod = await neverStarted(f, ({ status }) => {
    const [first, second] = status?.initContainerStatuses ?? []
    if (first === undefined || second === undefined) return false
    expect(second.state?.waiting?.reason).toBe('PodInitializing')
    expect(first.state?.terminated?.exitCode).not.toBe(0)
    if (first.restartCount > 0) expect(first.lastState?.terminated?.exitCode).toBe(1)
    return first.restartCount >= 3
  })
  expect(pod.status?.phase).toBe('Pending')
  expect(pod.status?.conditions?.find(({ type }) => type === 'Initialized')).toMatchObject({ status: 'False', reason: 'ContainersNotInitialized', message: 'containers with incomplete status: [init1 init2]' })
  expect(pod.status?.initContainerStatuses).toHaveLength(2)
})

conformance('[sig-node] InitContainer [NodeConformance] should not start app containers and fail the pod if init containers fail on a RestartNever pod', async (f) => {
  await createPod(f, podOf('pod-init', { restartPolicy: 'Never', initContainers: [init('init1'), init('init2', '/bin/false')], containers: [{ command: ['/bin/true'] }] }))
  const pod = await neverStarted(f, ({ status }) => status?.phase === 'Failed' || status?.phase === 'Succeeded')
  expect(pod.status?.phase).toBe('Failed')
  expect(pod.status?.conditions?.find(({ type }) => type === 'Initialized')).toMatchObject({ status: 'False', reason: 'ContainersNotInitialized', message: 'containers with incomplete status: [init2]' })
  const [first, second] = pod.status?.initContainerStatuses ?? []
  expect([first?.ready, first?.state?.terminated?.exitCode]).toEqual([true, 0])
  expect(second?.state?.terminated?.exitCode).toBe(1)
})
