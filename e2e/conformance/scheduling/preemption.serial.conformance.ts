import { expect } from 'vitest'
import type { ReplicaSet } from '../../../src-main/common/kube/generated/apps-v1.ts'
import type { Node, Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import type { PriorityClass } from '../../../src-main/common/kube/generated/scheduling-v1.ts'
import { eventually } from '../../harness/containers.ts'
import { shellTemplate } from '../apps/workloads.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { nodesOf } from '../framework/lists.ts'
import { follow, gone, listUntil, objectUntil, updated } from '../framework/objects.ts'
import { createPod, podOf, podUntil, type PodManifest } from '../framework/pods.ts'

const FOO = 'scheduling.k8s.io/foo'
const ON_NODE = 'kubernetes.io/hostname'

/** What Go's encoder says besides of a node that has nothing but a resource. */
const TYPED = {
  daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
  nodeInfo: { machineID: '', systemUUID: '', bootID: '', kernelVersion: '', osImage: '', containerRuntimeVersion: '', kubeletVersion: '', kubeProxyVersion: '', operatingSystem: '', architecture: '' },
}

/** Says by the node's status that it has so many of a resource that nobody knows, and takes it off again at the end. Returns when the node shows it, and says again what it is. */
async function advertise(f: Framework, node: string, resource: string, count: string): Promise<void> {
  const pointer = resource.replace('/', '~1')
  await f.client.patch(`/api/v1/nodes/${node}/status`, 'strategic', { metadata: { creationTimestamp: null }, spec: {}, status: { capacity: { [resource]: count }, allocatable: { [resource]: count }, ...TYPED } })
  f.after(() => f.client.patch(`/api/v1/nodes/${node}/status`, 'json', [{ op: 'remove', path: `/status/capacity/${pointer}` }, { op: 'remove', path: `/status/allocatable/${pointer}` }]))
  await objectUntil<Node>(f, '/api/v1/nodes', node, `has ${resource}`, ({ status }) => status?.allocatable?.[resource] === count && status.nodeInfo?.kubeletVersion !== '')
}

async function priorityClass(f: Framework, name: string, value: number): Promise<string> {
  const made = f.unique(name)
  await f.client.create('/apis/scheduling.k8s.io/v1/priorityclasses', { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: made }, value })
  f.after(() => f.client.delete(`/apis/scheduling.k8s.io/v1/priorityclasses/${made}`))
  return made
}

function asking(name: string, amount: number, priorityClassName: string, node?: string): PodManifest {
  const resources = { requests: { [FOO]: String(amount) }, limits: { [FOO]: String(amount) } }
  const pod = podOf(name, { priorityClassName, labels: { name }, ...(node === undefined ? {} : { affinity: onNode(node) }) })
  return { ...pod, spec: { ...pod.spec, containers: pod.spec.containers.map((container) => ({ ...container, resources })) } }
}

function onNode(name: string): NonNullable<PodManifest['spec']['affinity']> {
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] }] } } }
}

const running = (f: Framework, name: string): Promise<Pod> => podUntil(f, name, 'running', ({ status }) => status?.phase === 'Running')

/** Two pods of 2 on each node of 5: one of a low priority, all others of a middle one. The low one's name first. */
async function filled(f: Framework): Promise<string[]> {
  const [low, middle] = [await priorityClass(f, 'low', 1), await priorityClass(f, 'middle', 100)]
  const names: string[] = []
  for (const { metadata: { name = '' } } of await nodesOf(f)) {
    await advertise(f, name, FOO, '5')
    for (const _ of [0, 1]) {
      const pod = `pod${String(names.length)}`
      await createPod(f, asking(pod, 2, names.length === 0 ? low : middle, name))
      names.push(pod)
    }
  }
  for (const name of names) await running(f, name)
  return names
}

async function others(f: Framework, names: readonly string[]): Promise<void> {
  for (const name of names) expect((await f.client.get<Pod>(f.core('pods', name))).metadata.deletionTimestamp).toBeUndefined()
}

conformance('[sig-scheduling] SchedulerPreemption [Serial] validates basic preemption works', async (f) => {
  const [victim = '', ...rest] = await filled(f)
  await createPod(f, asking('preemptor-pod', 2, await priorityClass(f, 'high', 1000)))
  await running(f, 'preemptor-pod')
  await gone(f, f.core('pods', victim))
  await others(f, rest)
})

conformance('[sig-scheduling] SchedulerPreemption [Serial] validates lower priority pod preemption by critical pod', async (f) => {
  const [victim = '', ...rest] = await filled(f)
  const name = f.unique('critical-pod')
  const path = `/api/v1/namespaces/kube-system/pods/${name}`
  f.after(() => f.client.delete(path, { gracePeriodSeconds: 0 }))
  await f.client.create('/api/v1/namespaces/kube-system/pods', asking(name, 2, 'system-cluster-critical'))
  await objectUntil<Pod>(f, '/api/v1/namespaces/kube-system/pods', name, 'running', ({ status }) => status?.phase === 'Running')
  await gone(f, f.core('pods', victim))
  await others(f, rest)
})

conformance('[sig-scheduling] SchedulerPreemption [Serial] validates pod disruption condition is added to the preempted pod', async (f) => {
  const [{ metadata: { name: node = '' } } = { metadata: {} }] = await nodesOf(f)
  await advertise(f, node, FOO, '1')
  const victim = asking('victim-pod', 1, await priorityClass(f, 'low', 1), node)
  // Held by a finalizer, so that it can be looked at.
  await createPod(f, { ...victim, metadata: { ...victim.metadata, finalizers: ['example.com/test-finalizer'] } } as PodManifest)
  f.after(() => updated<Pod>(f, f.core('pods', 'victim-pod'), ({ metadata }) => void (metadata.finalizers = [])))
  await running(f, 'victim-pod')
  await createPod(f, asking('preemptor-pod', 1, await priorityClass(f, 'high', 1000), node))
  const pod = await podUntil(f, 'victim-pod', 'being deleted', ({ metadata }) => metadata.deletionTimestamp !== undefined)
  expect(pod.status?.conditions).toContainEqual(expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }))
})

conformance('[sig-scheduling] SchedulerPreemption [Serial] PreemptionExecutionPath runs ReplicaSets to verify preemption running path', async (f) => {
  const fakecpu = 'example.com/fakecpu'
  const [{ metadata: { name: node = '' } } = { metadata: {} }] = await nodesOf(f)
  const hostname = (await f.client.get<Node>(`/api/v1/nodes/${node}`)).metadata.labels?.[ON_NODE] ?? ''
  // As upstream: the whole status is written, in whatever version, and only the capacity has it: the node says by itself what of it is allocatable.
  const whole = await f.client.get<Node>(`/api/v1/nodes/${node}`)
  await f.client.replace(`/api/v1/nodes/${node}/status`, { ...whole, metadata: { ...whole.metadata, resourceVersion: '0' }, status: { ...whole.status, capacity: { ...whole.status?.capacity, [fakecpu]: '1k' } } })
  f.after(() => updated<Node>(f, `/api/v1/nodes/${node}`, ({ status }) => {
    delete status?.capacity?.[fakecpu]
    delete status?.allocatable?.[fakecpu]
  }, `/api/v1/nodes/${node}/status`))
  await objectUntil<Node>(f, '/api/v1/nodes', node, `has ${fakecpu}`, ({ status }) => status?.allocatable?.[fakecpu] === '1k')

  const classes: string[] = []
  for (const value of [1, 2, 3, 4]) classes.push(await priorityClass(f, `p${String(value)}`, value))
  const { events, stop } = follow<Pod>(f, f.core('pods'), { labelSelector: 'name' })
  f.after(() => Promise.resolve(stop()))
  const rs = (i: number, replicas: number, requests: string): ReplicaSet => {
    const labels = { name: `pod${String(i)}` }
    const resources = { requests: { [fakecpu]: requests }, limits: { [fakecpu]: requests } }
    return {
      apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: `rs-pod${String(i)}` } as ReplicaSet['metadata'],
      spec: { replicas, selector: { matchLabels: labels }, template: shellTemplate(labels, { resources }, { nodeSelector: { [ON_NODE]: hostname }, priorityClassName: classes[i - 1] ?? '' }) },
    }
  }
  const available = (i: number, count: number): Promise<ReplicaSet> => objectUntil<ReplicaSet>(f, f.group('apps/v1', 'replicasets'), `rs-pod${String(i)}`, `${String(count)} available`, ({ status }) => status?.availableReplicas === count)
  // 1000 units: 200 and 300 and 450 leave no room for 500, which takes the places of the first two.
  for (const [i, replicas, requests] of [[1, 1, '200'], [2, 1, '300'], [3, 1, '450']] as const) {
    await f.client.create(f.group('apps/v1', 'replicasets'), rs(i, replicas, requests))
    await available(i, replicas)
  }
  await f.client.create(f.group('apps/v1', 'replicasets'), rs(4, 1, '500'))
  await available(4, 1)
  const made = (): number[] => [1, 2, 3, 4].map((i) => events.filter(({ type, object }) => type === 'ADDED' && object.metadata.labels?.['name'] === `pod${String(i)}`).length)
  // The first two are made again (and wait), the third was left alone.
  await eventually('pods of the first two made again', () => Promise.resolve(made()[0] === 2 && made()[1] === 2))
  expect(made()).toEqual([2, 2, 1, 1])
  await listUntil<Pod>(f, f.core('pods'), { labelSelector: 'name in (pod1,pod2)' }, 'pods that wait for room', (pods) => pods.length === 2 && pods.every(({ status }) => status?.phase === 'Pending'))
})

conformance('[sig-scheduling] SchedulerPreemption [Serial] PriorityClass endpoints verify PriorityClass endpoints can be operated with different HTTP methods', async (f) => {
  const list = '/apis/scheduling.k8s.io/v1/priorityclasses'
  const names = [await priorityClass(f, 'p1', 1), await priorityClass(f, 'p2', 2)]
  for (const [i, name] of names.entries()) {
    const path = `${list}/${name}`
    const read = await f.client.get<PriorityClass>(path)
    // What it is worth cannot be changed.
    const other = { ...read, value: i + 11 }
    const put = await f.client.ask<{ reason?: string; message?: string }>('PUT', path, { body: other })
    expect([put.code, put.body.reason]).toEqual([422, 'Invalid'])
    expect(put.body.message).toMatch(/value: Forbidden: may not be changed in an update\./i)
    const patch = await f.client.ask<{ reason?: string; message?: string }>('PATCH', path, { body: { value: i + 11 }, headers: { 'content-type': 'application/json-patch+json' } })
    expect(patch.code).toBeGreaterThanOrEqual(400)
    const merge = await f.client.ask<{ reason?: string; message?: string }>('PATCH', path, { body: { value: i + 11 }, headers: { 'content-type': 'application/merge-patch+json' } })
    expect([merge.code, merge.body.reason]).toEqual([422, 'Invalid'])
    expect(merge.body.message).toMatch(/value: Forbidden: may not be changed in an update\./i)
    await f.client.patch(path, 'strategic', { metadata: { labels: { fake: 'patched' } } })
    const updatedTo = await updated<PriorityClass>(f, path, (object) => void (object.description = 'said by a test'))
    expect([updatedTo.value, updatedTo.description, updatedTo.metadata.labels]).toEqual([i + 1, 'said by a test', { fake: 'patched' }])
  }
  const { items } = await f.client.get<{ items: PriorityClass[] }>(list)
  expect(items.map(({ metadata: { name } }) => name)).toEqual(expect.arrayContaining(names))
})
