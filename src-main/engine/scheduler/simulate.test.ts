import { describe, expect, test } from 'vitest'
import type { Pod, PodSpec } from '../../common/kube/generated/core-v1.ts'
import { deepFreeze } from '../../common/kube/object.ts'
import type { KubeObject } from '../../common/kube/object.ts'
import { seededRandom } from '../../common/seeded-random.ts'
import { SchedulerCache } from './cache.ts'
import { explain } from './explain.ts'
import { podDraft, podShape } from './pods-of.ts'
import type { PodShape } from './pods-of.ts'
import { rehearseLoss, simulate } from './simulate.ts'
import type { Landing, Simulation } from './simulate.ts'
import { node, pod } from './testing/objects.ts'
import { feasible } from './testing/oracle.ts'
import { RandomWorld } from './testing/random-world.ts'

const on = (name: string, place: string, o: Parameters<typeof pod>[1] = {}): Pod => pod(name, { ...o, spec: { ...o.spec, nodeName: place } })
const short = ({ landings }: Simulation): unknown[] => landings.map(({ pod: p, outcome, from, node: to, evictedFor }: Landing) =>
  [p.metadata.name, outcome, ...(from === undefined ? [] : [`from ${from}`]), ...(to === undefined ? [] : [`to ${to}`]), ...(evictedFor === undefined ? [] : [`for ${evictedFor.metadata.name}`])].join(' '))
const important: Partial<PodSpec> = { priority: 10 }
const data: Partial<PodSpec> = { containers: [{ name: 'c', volumeMounts: [{ name: 'v', mountPath: '/v' }], resources: { requests: { cpu: '1' } } }], volumes: [{ name: 'v', hostPath: { path: '/srv' } }] }

describe('a simulated plan', () => {
  test('says where pods land, what stays pending and why, what has to go and where that goes', () => {
    const state = deepFreeze({ nodes: [node('a', { cpu: '2' }), node('b', { cpu: '1' })], pods: [on('low', 'a', { cpu: '2', owner: 'web' }), on('bare', 'b', { cpu: '1' })], namespaces: [] })
    const plan = simulate(state, [
      { pod: pod('small', { cpu: '1' }) }, { pod: pod('first', { cpu: '1', spec: { ...important, nodeSelector: { 'kubernetes.io/hostname': 'a' } } }) },
      { pod: pod('second', { cpu: '1', spec: { ...important, nodeSelector: { 'kubernetes.io/hostname': 'b' } } }) }, { pod: pod('held', { spec: { schedulingGates: [{ name: 'g' }] } }) },
    ])
    expect(short(plan)).toEqual(['first lands to a', 'bare ends from b for second', 'second lands to b', 'small lands to a', 'held gated', 'low pending from a for first'])
    expect(plan.landings.at(-1)?.message).toBe('0/2 nodes are available: 2 Insufficient cpu.')
    expect(Object.fromEntries(plan.after.nodes.map((n) => [n.name, [...n.pods.values()].map((p) => p.pod.metadata.name)]))).toEqual({ a: ['first', 'small'], b: ['second'] })
  })

  test('the same seed, the same plan; every place is one where the pod may run', () => {
    let landed = 0
    for (let seed = 1; seed <= 60; seed++) {
      const make = new RandomWorld(seededRandom(seed))
      const nodes = Array.from({ length: 1 + make.upTo(4) }, (_, i) => make.node(`n${String(i)}`))
      const state = { nodes, pods: [], namespaces: make.namespaces() }
      // No pod makes way for another, so that each place can be asked for at its time.
      const incoming = Array.from({ length: 8 }, () => make.pod()).map((p) => ({ pod: { ...p, spec: { ...p.spec, preemptionPolicy: 'Never' } } }))
      const plan = simulate(state, incoming, { seed })
      expect(short(simulate(state, incoming, { seed }))).toEqual(short(plan))
      const world = { nodes, pods: [] as Pod[], namespaces: state.namespaces }
      for (const { pod: p, node: place } of plan.landings) {
        const may = feasible(p, world)
        expect(place === undefined ? may : may.includes(place), `seed ${String(seed)}, ${p.metadata.name}`).toEqual(place === undefined ? [] : true)
        if (place !== undefined) {
          landed++
          world.pods.push({ ...p, spec: { ...p.spec, nodeName: place } })
        }
      }
    }
    expect(landed).toBeGreaterThan(100)
  })
})

test('the pods of a workload: replicas by number, a DaemonSet\'s one on each node that takes it', () => {
  const nodes = [node('a'), node('b'), node('c', { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } })]
  const template = { metadata: { labels: { app: 'x' } }, spec: pod('t', { cpu: '1' }).spec }
  const workload = (kind: string, spec: object): KubeObject => ({ apiVersion: 'apps/v1', kind, metadata: { name: 'w', namespace: 'ns', uid: 'w', resourceVersion: '1', creationTimestamp: '' }, spec }) as KubeObject
  const pods = (object: KubeObject): Pod[] => {
    const shape = podShape(object, nodes)
    return (shape?.names ?? []).map((name, i) => ({ ...podDraft(object, shape as PodShape, name, i), metadata: { name, uid: name, namespace: 'ns' } }) as unknown as Pod)
  }
  expect(pods(workload('StatefulSet', { replicas: 2, template })).map((p) => p.metadata.name)).toEqual(['w-0', 'w-1'])
  expect(pods(workload('Job', { parallelism: 3, completions: 2, template }))).toHaveLength(2)
  expect(podShape(workload('ConfigMap', {}), nodes)).toBeUndefined()
  const daemons = simulate({ nodes, pods: [], namespaces: [] }, pods(workload('DaemonSet', { template })).map((p) => ({ pod: p })))
  expect(short(daemons)).toEqual(['w-a lands to a', 'w-b lands to b', 'w-c pending'])
})

describe('losing a server', () => {
  test('what moves, what has no place, what waits for its data, what ends, what never leaves its node', () => {
    const daemon = on('daemon', 'b')
    const state = deepFreeze({
      nodes: [node('a', { cpu: '2' }), node('b')], namespaces: [],
      pods: [
        on('stays', 'a', { cpu: '1', owner: 'x' }), on('web', 'b', { cpu: '1', owner: 'web' }), on('big', 'b', { cpu: '2', owner: 'big' }), on('db', 'b', { owner: 'db', spec: data }), on('bare', 'b', { cpu: '100m' }),
        { ...daemon, metadata: { ...daemon.metadata, ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'd', controller: true }] } },
      ],
    })
    const before = JSON.stringify(state)
    const plan = rehearseLoss(state, ['b'])
    expect(short(plan)).toEqual(['web lands from b to a', 'big pending from b', 'db waits from b', 'bare ends from b'])
    expect(plan.landings[1]?.message).toBe('0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {toque.dev/server-lost: }.')
    expect(plan.landings[2]?.message).toContain('/srv')
    expect(JSON.stringify(state)).toBe(before)
  })

  test('a more important pod of the lost server takes a lesser one\'s place', () => {
    const state = { nodes: [node('a', { cpu: '1' }), node('b')], namespaces: [], pods: [on('lesser', 'a', { cpu: '1', owner: 'l' }), on('vital', 'b', { cpu: '1', owner: 'v', spec: important })] }
    expect(short(rehearseLoss(state, ['b']))).toEqual(['vital lands from b to a', 'lesser pending from a for vital'])
  })
})

describe('explain', () => {
  test('every reason of every node, scores where it fits', () => {
    const cache = SchedulerCache.of([
      node('a', { cpu: '1', spec: { unschedulable: true, taints: [{ key: 'gpu', effect: 'NoSchedule' }] } }), node('b', { cpu: '1' }), node('c'),
    ], [on('full', 'b', { cpu: '1' })])
    const { nodes, message } = explain(pod('p', { cpu: '2' }), cache)
    expect(message).toBeUndefined()
    expect(nodes).toEqual([
      { node: 'a', fits: false, reasons: ['node(s) were unschedulable', 'node(s) had untolerated taint {gpu: }', 'Insufficient cpu'] },
      { node: 'b', fits: false, reasons: ['Insufficient cpu'] }, { node: 'c', fits: true, reasons: [], score: expect.any(Number) as number },
    ])
  })

  test('a pod that runs is asked as if it had no place, and keeps it', () => {
    const running = on('p', 'a', { cpu: '1', spec: important })
    const cache = SchedulerCache.of([node('a', { cpu: '1' }), node('b', { cpu: '1' })], [running, on('q', 'b', { cpu: '1' })])
    expect(explain(running, cache).nodes.map((n) => [n.node, n.fits])).toEqual([['a', true], ['b', false]])
    expect(cache.placed('p')?.node).toBe('a')
    const waiting = explain(pod('r', { cpu: '1', spec: important }), cache)
    expect(waiting).toMatchObject({ message: '0/2 nodes are available: 2 Insufficient cpu.', preemption: { node: 'b' } })
  })
})
