import { expect } from 'vitest'
import { parseQuantity } from '../../../src-main/common/kube/quantity.ts'
import type { Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { nodesOf } from '../framework/lists.ts'
import { createPod, podOf, podUntil, runningPod, SHELL, type PodOptions } from '../framework/pods.ts'

/** Labels a node for the test's time. */
async function labelled(f: Framework, node: string, key: string, value: string): Promise<void> {
  await f.client.patch(`/api/v1/nodes/${node}`, 'strategic', { metadata: { labels: { [key]: value } } })
  f.after(() => f.client.patch(`/api/v1/nodes/${node}`, 'strategic', { metadata: { labels: { [key]: null } } }))
}

/** Waits until the scheduler has said no to a pod. */
async function turnedAway(f: Framework, name: string): Promise<void> {
  const pod = await podUntil(f, name, 'turned away', ({ status, spec }) => spec?.nodeName !== undefined || status?.conditions?.some((c) => c.type === 'PodScheduled' && c.status === 'False' && c.reason === 'Unschedulable') === true)
  expect(pod.spec?.nodeName).toBeUndefined()
}

conformance('[sig-scheduling] SchedulerPredicates [Serial] validates resource limits of pods that are allowed to run', async (f) => {
  const key = `${f.unique('node')}.example.com/rest`
  const { items: pods } = await f.client.get<{ items: Pod[] }>('/api/v1/pods')
  let most = 0
  for (const [i, node] of (await nodesOf(f)).entries()) {
    const name = node.metadata.name ?? ''
    await labelled(f, name, key, 'testing')
    const used = pods.filter(({ spec, status }) => spec?.nodeName === name && status?.phase !== 'Succeeded' && status?.phase !== 'Failed').flatMap(({ spec }) => spec?.containers ?? []).reduce((sum, { resources }) => sum + (parseQuantity(resources?.requests?.['cpu'] ?? '0') ?? 0), 0)
    const free = Math.floor(((parseQuantity(node.status?.allocatable?.['cpu'] ?? '0') ?? 0) - used) * 1000)
    most = Math.max(most, free)
    // Seven tenths of what is left of each node.
    await runningPod(f, podOf(`filler-pod-${String(i)}`, { containers: [{ image: SHELL, ...asking(Math.floor(free * 0.7)), command: ['sleep', '3600'] }], nodeSelector: { 'kubernetes.io/hostname': node.metadata.labels?.['kubernetes.io/hostname'] ?? '' } }))
  }
  await createPod(f, podOf('additional-pod', { labels: { name: 'additional' }, nodeSelector: { [key]: 'testing' }, containers: [{ ...asking(Math.floor(most * 0.5)), command: ['sleep', '3600'] }] }))
  await turnedAway(f, 'additional-pod')
})

function asking(milli: number): NonNullable<PodOptions['containers']>[number] {
  return { resources: { requests: { cpu: `${String(milli)}m` }, limits: { cpu: `${String(milli)}m` } } }
}

conformance('[sig-scheduling] SchedulerPredicates [Serial] validates that NodeSelector is respected if not matching', async (f) => {
  await createPod(f, podOf('restricted-pod', { labels: { name: 'restricted' }, nodeSelector: { label: 'nonempty' } }))
  await turnedAway(f, 'restricted-pod')
})

conformance('[sig-scheduling] SchedulerPredicates [Serial] validates that NodeSelector is respected if matching', async (f) => {
  const first = await runningPod(f, podOf('without-label'))
  const node = first.spec?.nodeName ?? ''
  await f.client.delete(f.core('pods', 'without-label'), { gracePeriodSeconds: 0 })
  const key = `kubernetes.io/${f.unique('e2e')}`
  await labelled(f, node, key, '42')
  const pod = await runningPod(f, podOf('with-labels', { nodeSelector: { 'kubernetes.io/hostname': node, [key]: '42' } }))
  expect(pod.spec?.nodeName).toBe(node)
})

conformance('[sig-scheduling] SchedulerPredicates [Serial] validates that there exists conflict between pods with same hostPort and protocol but one using 0.0.0.0 hostIP', async (f) => {
  const [node] = await nodesOf(f)
  const key = `kubernetes.io/${f.unique('e2e')}`
  await labelled(f, node?.metadata.name ?? '', key, '95')
  const hostIP = node?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? ''
  const withPort = (name: string, ip: string): ReturnType<typeof podOf> => podOf(name, { nodeSelector: { [key]: '95' }, containers: [{ command: ['sleep', '3600'], ports: [{ containerPort: 8080, hostPort: 54322, protocol: 'TCP', hostIP: ip }] }] })
  // An empty address is 0.0.0.0.
  await runningPod(f, withPort('pod4', ''))
  await createPod(f, withPort('pod5', hostIP))
  await turnedAway(f, 'pod5')
})
