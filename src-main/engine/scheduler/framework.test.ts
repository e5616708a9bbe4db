import { describe, expect, test } from 'vitest'
import type { Node, Pod, PodSpec } from '../../common/kube/generated/core-v1.ts'
import { seededRandom } from '../../common/seeded-random.ts'
import { schedule } from './framework.ts'
import type { NodeInfo } from './node-info.ts'
import { defaultPlugins } from './plugins/index.ts'
import { podInfo } from './pod-info.ts'
import { cacheOf, node, nodeInfo, pod } from './testing/objects.ts'

function run(p: Pod, ...nodes: NodeInfo[]): string | Record<string, readonly string[]> {
  const verdict = schedule(podInfo(p), cacheOf(...nodes), defaultPlugins, seededRandom(1))
  return verdict.node ?? Object.fromEntries([...verdict.noes].map(([name, no]) => [name, no.reasons]))
}

const port = (hostPort: number, hostIP?: string): Partial<PodSpec> => ({ containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort, ...(hostIP === undefined ? {} : { hostIP }) }] }] })
const zone = { topologyKey: 'zone', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'x' } } }
const affinity = (key: string, values: string[]): Partial<PodSpec> => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values }] }] } } },
})
const gpus = (count: string): Partial<PodSpec> => ({ containers: [{ name: 'c', resources: { limits: { 'nvidia.com/gpu': count } } }] })
const withGpus = (name: string, count: string): Node => {
  const made = node(name)
  return { ...made, status: { ...made.status, allocatable: { ...made.status?.allocatable, 'nvidia.com/gpu': count } } }
}
const x = { app: 'x' }
const byZone = { labelSelector: { matchLabels: x }, topologyKey: 'zone' }
const inZone = (name: string, ...pods: Pod[]): NodeInfo => nodeInfo(node(name, { labels: { zone: name } }), ...pods)
const near: Partial<PodSpec> = { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [byZone] } } }
const far: Partial<PodSpec> = { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [byZone] } } }

describe('each filter says why', () => {
  test.each<[string, Pod, NodeInfo, string[]]>([
    ['cordoned', pod('p'), nodeInfo(node('n', { spec: { unschedulable: true } })), ['node(s) were unschedulable']],
    ['another node named', pod('p', { spec: { nodeName: 'm' } }), nodeInfo(node('n')), ["node(s) didn't match the requested node name"]],
    ['not ready', pod('p'), nodeInfo(node('n', { ready: false })), ['node(s) were not ready']],
    ['taint', pod('p'), nodeInfo(node('n', { spec: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] } })), ['node(s) had untolerated taint {gpu: yes}']],
    ['selector', pod('p', { spec: { nodeSelector: { disk: 'ssd' } } }), nodeInfo(node('n')), ["node(s) didn't match Pod's node affinity/selector"]],
    ['affinity', pod('p', { spec: affinity('disk', ['ssd']) }), nodeInfo(node('n', { labels: { disk: 'hdd' } })), ["node(s) didn't match Pod's node affinity/selector"]],
    ['host port', pod('p', { spec: port(80) }), nodeInfo(node('n'), pod('q', { spec: port(80, '10.0.0.1') })), ["node(s) didn't have free ports for the requested pod ports"]],
    ['cpu', pod('p', { cpu: '3' }), nodeInfo(node('n'), pod('q', { cpu: '1500m' })), ['Insufficient cpu']],
    ['unknown resource', pod('p', { spec: { containers: [{ name: 'c', resources: { limits: { 'nvidia.com/gpu': '1' } } }] } }), nodeInfo(node('n')), ['Insufficient nvidia.com/gpu']],
    ['GPUs that others have', pod('p', { spec: gpus('1') }), nodeInfo(withGpus('n', '2'), pod('q', { spec: gpus('2') })), ['Insufficient nvidia.com/gpu']],
    ['pods', pod('p', { cpu: '9' }), nodeInfo(node('n', { pods: '1' }), pod('q')), ['Too many pods', 'Insufficient cpu']],
    ['spread label', pod('p', { labels: x, spec: { topologySpreadConstraints: [zone] } }), nodeInfo(node('n')), ["node(s) didn't match pod topology spread constraints (missing required label)"]],
    ['pod affinity', pod('p', { spec: near }), inZone('a'), ["node(s) didn't match pod affinity rules"]],
    ['pod anti-affinity', pod('p', { spec: far }), inZone('a', pod('q', { labels: x })), ["node(s) didn't match pod anti-affinity rules"]],
    ["another pod's anti-affinity", pod('p', { labels: x }), inZone('a', pod('q', { spec: far })), ["node(s) didn't satisfy existing pods anti-affinity rules"]],
  ])('%s', (_, p, n, reasons) => expect(run(p, n)).toEqual({ [n.name]: reasons }))

  test.each<[string, Pod, NodeInfo]>([
    ['a tolerated taint', pod('p', { spec: { tolerations: [{ key: 'gpu', operator: 'Exists' }] } }), nodeInfo(node('n', { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } }))],
    ['a cordon tolerated', pod('p', { spec: { tolerations: [{ operator: 'Exists' }] } }), nodeInfo(node('n', { spec: { unschedulable: true }, ready: false }))],
    ['the same port on another address', pod('p', { spec: port(80, '10.0.0.2') }), nodeInfo(node('n'), pod('q', { spec: port(80, '10.0.0.1') }))],
    ['the last GPU', pod('p', { spec: gpus('1') }), nodeInfo(withGpus('n', '2'), pod('q', { spec: gpus('1') }))],
    ['exactly full', pod('p', { cpu: '4' }), nodeInfo(node('n'))],
    ['matching affinity', pod('p', { spec: affinity('disk', ['ssd']) }), nodeInfo(node('n', { labels: { disk: 'ssd' } }))],
    ['pod affinity', pod('p', { spec: near }), inZone('n', pod('q', { labels: x }))],
    ['pod affinity of the first of its kind', pod('p', { labels: x, spec: near }), inZone('n')],
    ['pod anti-affinity with others', pod('p', { spec: far }), inZone('n', pod('q'))],
  ])('fits: %s', (_, p, n) => expect(run(p, n)).toBe('n'))

  test('spread holds the skew: the emptier zone only', () => {
    const a = nodeInfo(node('a', { labels: { zone: 'a' } }), pod('q', { labels: x }))
    const b = nodeInfo(node('b', { labels: { zone: 'b' }, cpu: '1' }))
    const p = pod('p', { labels: x, spec: { topologySpreadConstraints: [zone] } })
    expect(run(p, a, b)).toBe('b')
    expect(run(p, a, nodeInfo(node('b', { labels: { zone: 'b' }, ready: false })))).toEqual({ a: ["node(s) didn't match pod topology spread constraints"], b: ['node(s) were not ready'] })
  })
})

describe('a pod whose app has its data on a server that is away', () => {
  const spec: Partial<PodSpec> = { containers: [{ name: 'c', volumeMounts: [{ name: 'v', mountPath: '/v' }] }], volumes: [{ name: 'v', hostPath: { path: '/srv' } }] }
  const db = (name: string, revision: string, metadata: Partial<Pod['metadata']> = {}): Pod => {
    const made = pod(name, { owner: `db-${revision}`, labels: { 'pod-template-hash': revision }, spec })
    return { ...made, metadata: { ...made.metadata, ...metadata } }
  }
  const deleted = { deletionTimestamp: '2026-01-01T00:00:00Z' }
  const ofSet = (name: string, metadata: object = {}): Pod => db(name, '1', { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'db', controller: true }], ...metadata })
  const startEmpty = { annotations: { 'toque.dev/on-server-loss': 'start-empty' } }
  const a = nodeInfo(node('a'))
  const b = (ready: boolean, ...pods: Pod[]): NodeInfo => nodeInfo(node('b', { ready }), ...pods)
  const waits = { a: ['node(s) without its data, which is on server b'], b: ['node(s) were not ready'] }
  test.each<[string, Pod, NodeInfo, ReturnType<typeof run>]>([
    ['in place of a deleted one', db('new', '1'), b(false, db('old', '1', deleted)), waits],
    ['of the next revision', db('new', '2'), b(false, db('old', '1')), waits],
    ['one more of the same', db('new', '1'), b(false, db('old', '1')), 'a'],
    ['in place of one that was released', db('new', '1'), b(false, db('old', '1', { ...deleted, ...startEmpty })), 'a'],
    ['that may start empty', db('new', '1', startEmpty), b(false, db('old', '1', deleted)), 'a'],
    ['of another app', db('new', '1'), b(false, pod('old', { owner: 'other-1', labels: { 'pod-template-hash': '1' }, spec })), 'a'],
    ['of a StatefulSet, whose other pod is there', ofSet('db-1'), b(false, ofSet('db-0', deleted)), 'a'],
    ['without data', pod('new', { owner: 'db-1', labels: { 'pod-template-hash': '1' } }), b(false, db('old', '1', deleted)), 'a'],
    ['that waited, when the server is back', db('new', '1', { annotations: { 'toque.dev/data-on': 'b' } }), b(true, pod('q', { cpu: '3' })), 'b'],
    ['that waited for one taken out of the cluster', db('new', '1', { annotations: { 'toque.dev/data-on': 'c' } }), b(false), 'a'],
  ])('%s', (_, p, away, expected) => expect(run(p, a, away)).toEqual(expected))
})

describe('the better node wins', () => {
  test.each<[string, Pod, NodeInfo[], string]>([
    ['more left', pod('p'), [nodeInfo(node('a'), pod('q', { cpu: '3' })), nodeInfo(node('b'), pod('r', { cpu: '1' }))], 'b'],
    ['fewer of the same owner', pod('p', { owner: 'web' }), [nodeInfo(node('a'), pod('q', { owner: 'web' })), nodeInfo(node('b'), pod('r', { cpu: '1' }))], 'b'],
    ['preferred affinity', pod('p', { spec: { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 5, preference: { matchExpressions: [{ key: 'disk', operator: 'Exists' }] } }] } } } }),
      [nodeInfo(node('a')), nodeInfo(node('b', { labels: { disk: 'ssd' } }))], 'b'],
    ['no PreferNoSchedule taint', pod('p'), [nodeInfo(node('a', { spec: { taints: [{ key: 'k', effect: 'PreferNoSchedule' }] } })), nodeInfo(node('b'))], 'b'],
    ['ScheduleAnyway spread', pod('p', { labels: x, spec: { topologySpreadConstraints: [{ ...zone, whenUnsatisfiable: 'ScheduleAnyway' }] } }),
      [nodeInfo(node('a', { labels: { zone: 'a' } }), pod('q', { labels: x })), nodeInfo(node('b', { labels: { zone: 'b' } }), pod('r'))], 'b'],
    ['preferred anti-affinity', pod('p', { spec: { affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, podAffinityTerm: byZone }] } } } }),
      [inZone('a', pod('q', { labels: x })), inZone('b', pod('r', { cpu: '100m' }))], 'b'],
  ])('%s', (_, p, nodes, expected) => expect(run(p, ...nodes)).toBe(expected))

  test('ties are broken the same way for the same seed, and not always for the first', () => {
    const nodes = ['a', 'b', 'c'].map((name) => nodeInfo(node(name)))
    const places = (seed: number): (string | undefined)[] => {
      const random = seededRandom(seed)
      return Array.from({ length: 20 }, () => schedule(podInfo(pod('p')), cacheOf(...nodes), defaultPlugins, random).node)
    }
    expect(places(7)).toEqual(places(7))
    expect(new Set(places(7)).size).toBe(3)
  })
})
