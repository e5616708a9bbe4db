import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DrainProgress, ObjectRef } from '../../common/contract/index.ts'
import { StatusError } from '../../common/errors.ts'
import { FakeClock } from '../../common/fake-clock.ts'
import type { Node, Pod } from '../../common/kube/generated/core-v1.ts'
import { Nodes, Pods } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { SharedInformers } from '../../engine/client/informers.ts'
import { MemoryClient } from '../../engine/client/testing/memory-client.ts'
import { computeDrainPlan } from './drain-plan.ts'
import { LiveCluster } from './live-cluster.ts'
import { NodeActions } from './node-actions.ts'

const owner = (kind: string): object => ({ ownerReferences: [{ apiVersion: 'apps/v1', kind, name: kind.toLowerCase(), uid: kind, controller: true }] })
const podOf = (name: string, metadata: object = {}, more: object = {}): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', ...metadata }, spec: { containers: [], nodeName: 'a', ...more } }) as unknown as Pod
const nodeOf = (name: string, spec: object = {}, ready = 'True'): Node => ({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec, status: { conditions: [{ type: 'Ready', status: ready }] } }) as unknown as Node

describe('the plan', () => {
  test.each<[string, Pod, string, string]>([
    ['owned', podOf('p', owner('ReplicaSet')), 'moves', 'Owned'], ['bare', podOf('p'), 'ends', 'NoOwner'], ['of a daemon set', podOf('p', owner('DaemonSet')), 'stays', 'DaemonSet'],
    ['of a job', podOf('p', owner('Job')), 'moves', 'Job'], ['of a daemon set, and failed', { ...podOf('p', owner('DaemonSet')), status: { phase: 'Failed' } }, 'ends', 'Ended'],
    ['mirror', podOf('p', { annotations: { 'kubernetes.io/config.mirror': 'x' } }), 'stays', 'Mirror'], ['ended', { ...podOf('p', owner('Job')), status: { phase: 'Succeeded' } }, 'ends', 'Ended'],
  ])('a pod that is %s', (_, pod, fate, reason) => {
    expect(computeDrainPlan('a', [pod], []).pods[0]).toMatchObject({ fate, why: { reason }, losesData: false })
  })

  test('names the data that stays behind', () => {
    const spec = { containers: [{ name: 'c', volumeMounts: [{ name: 'v', mountPath: '/v' }] }], volumes: [{ name: 'v', hostPath: { path: '/srv/db' } }] }
    const pods = [podOf('moves', owner('ReplicaSet'), spec), podOf('ends', {}, spec), podOf('plain', owner('ReplicaSet'))]
    expect(computeDrainPlan('a', pods, []).pods.map((p) => [p.ref.name, p.leavesData])).toEqual([['ends', undefined], ['moves', ['/srv/db']], ['plain', undefined]])
  })

  test('names the claims whose data is on this server only, of pods that would go on elsewhere', () => {
    const pods = [podOf('moves', owner('StatefulSet')), podOf('ends'), podOf('plain', owner('ReplicaSet'))]
    const plan = computeDrainPlan('a', pods, [], (pod) => (pod.metadata.name === 'plain' ? [] : ['data']))
    expect(plan.pods.map((p) => [p.ref.name, p.heldClaims])).toEqual([['ends', undefined], ['moves', ['data']], ['plain', undefined]])
  })

  test('says first what is lost for good, which pods keep data, and where there is room', () => {
    const pods = [podOf('m', owner('ReplicaSet'), { volumes: [{ name: 'v', emptyDir: {} }] }), podOf('s', owner('DaemonSet'), { volumes: [{ name: 'v', emptyDir: {} }] }), podOf('e')]
    const nodes = [nodeOf('a'), nodeOf('d'), nodeOf('b'), nodeOf('cordoned', { unschedulable: true }), nodeOf('lost', {}, 'Unknown'), nodeOf('tainted', { taints: [{ key: 'k', effect: 'NoSchedule' }] })]
    const plan = computeDrainPlan('a', pods, nodes)
    expect(plan.pods.map((p) => [p.ref.name, p.losesData])).toEqual([['e', false], ['m', true], ['s', false]])
    expect(plan.elsewhere).toEqual(['b', 'd'])
  })
})

describe('a drain', () => {
  const clock = new FakeClock()
  const ref: ObjectRef = { apiVersion: 'v1', kind: 'Node', namespace: '', name: 'a' }
  let client: MemoryClient
  let informers: SharedInformers
  let actions: NodeActions
  let seen: DrainProgress[]
  beforeEach(async () => {
    client = new MemoryClient(clock)
    informers = new SharedInformers({ client, clock, onError: () => undefined })
    actions = new NodeActions({ client, live: new LiveCluster(informers), clock })
    seen = []
    const node = await client.create(Nodes, nodeOf('a'))
    await client.updateStatus(Nodes, { ...node, status: nodeOf('a').status ?? {} })
    for (const [name, kind] of [['one', 'ReplicaSet'], ['two', 'ReplicaSet'], ['daemon', 'DaemonSet']] as const) await client.create(Pods, podOf(name, owner(kind)))
    await client.create(Pods, podOf('elsewhere', {}, { nodeName: 'b' }))
  })
  afterEach(() => informers.stop())

  /** Reads the stream until it ends or the function says that it was enough. */
  async function read(enough: (progress: DrainProgress) => boolean = () => false): Promise<void> {
    for await (const progress of actions.drain(ref)) {
      seen.push(progress)
      if (enough(progress)) return
    }
  }
  const states = (progress: DrainProgress | undefined): string => progress?.pods.map((p) => `${p.ref.name} ${p.state}`).join(', ') ?? ''
  /** What the node's agent says when a pod has ended. */
  const ended = (name: string): Promise<void> => client.delete(Pods, 'ns', name, { gracePeriodSeconds: 0 })
  const pod = (name: string): Frozen<Pod> | undefined => client.all(Pods).find((p) => p.metadata.name === name)
  const unschedulable = (): boolean | undefined => client.all(Nodes)[0]?.spec.unschedulable

  test('cordons, asks all but what stays, follows each to its end, and ends', async () => {
    const reading = read()
    await clock.advance(300)
    expect(unschedulable()).toBe(true)
    expect(states(seen.at(-1))).toBe('one ending, two ending')
    expect([pod('daemon'), pod('elsewhere')].every((p) => p?.metadata.deletionTimestamp === undefined)).toBe(true)
    await ended('two')
    await clock.advance(300)
    expect(states(seen.at(-1))).toBe('one ending, two ended')
    await ended('one')
    await clock.advance(300)
    await reading
    expect(seen.at(-1)).toMatchObject({ done: true })
    expect(seen.slice(0, -1).some((p) => p.done)).toBe(false)
  })

  test('one that may not go now says why, and is asked again when it is told to', async () => {
    let refusals = 0
    client.intercept = (verb, _, name) => {
      if (verb === 'evict' && name === 'one' && ++refusals < 3) throw new StatusError('TooManyRequests', 'Cannot evict pod as it would violate the pod\'s disruption budget.', { retryAfterSeconds: 2 })
    }
    const reading = read()
    await clock.advance(300)
    expect(seen.at(-1)?.pods[0]).toMatchObject({ state: 'refused', why: { reason: 'TooManyRequests', message: expect.stringMatching(/disruption budget/) as string } })
    await clock.advance(4_300)
    expect(states(seen.at(-1))).toBe('one ending, two ending')
    await Promise.all([ended('one'), ended('two')])
    await clock.advance(300)
    await reading
  })

  test('a pod that was on its way when the node was cordoned goes too', async () => {
    const reading = read()
    await clock.advance(300)
    await client.create(Pods, podOf('late', owner('ReplicaSet')))
    await clock.advance(5_500)
    expect(states(seen.at(-1))).toBe('one ending, two ending, late ending')
    for (const name of ['one', 'two', 'late']) await ended(name)
    await clock.advance(300)
    await reading
  })

  test('leaving it asks nobody any more and leaves the node cordoned', async () => {
    client.intercept = (verb) => {
      if (verb === 'evict') throw new StatusError('TooManyRequests', 'not now')
    }
    const reading = read((p) => p.pods.some((one) => one.state === 'refused'))
    await clock.advance(300)
    await reading
    client.intercept = () => undefined
    await clock.advance(60_000)
    expect(pod('one')?.metadata.deletionTimestamp).toBeUndefined()
    expect(unschedulable()).toBe(true)
    await actions.cordon(ref, false)
    expect(unschedulable()).toBeUndefined()
  })

  test('of an empty node ends at once; of a node that is gone it fails', async () => {
    for (const name of ['one', 'two']) await ended(name)
    const reading = read()
    await clock.advance(300)
    await reading
    expect(seen).toEqual([{ pods: [], done: true }])
    const failing = expect(actions.drain({ ...ref, name: 'x' })[Symbol.asyncIterator]().next()).rejects.toMatchObject({ reason: 'NotFound' })
    await clock.advance(10)
    await failing
  })
})
