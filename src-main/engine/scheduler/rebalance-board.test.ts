import { describe, expect, test } from 'vitest'
import type { Node, Pod } from '../../common/kube/generated/core-v1.ts'
import { deepFreeze } from '../../common/kube/object.ts'
import { seededRandom } from '../../common/seeded-random.ts'
import { changeOf, costOf, improvement, weigh } from '../../policy/rebalance/cost.ts'
import { nextMove, planMoves } from '../../policy/rebalance/plan.ts'
import { defaultPlugins } from './plugins/index.ts'
import { RebalanceBoard } from './rebalance-board.ts'
import { node, pod } from './testing/objects.ts'
import { feasible } from './testing/oracle.ts'
import { RandomWorld } from './testing/random-world.ts'

// The policy on the scheduler's own rules: what a plan promises is what the scheduler would do.
const any: Parameters<typeof planMoves>[1] = () => true
const on = (place: string, p: Pod): Pod => ({ ...p, spec: { ...p.spec, nodeName: place } })
const board = (nodes: Node[], pods: Pod[]): RebalanceBoard => new RebalanceBoard(deepFreeze({ nodes, pods, namespaces: [] }), defaultPlugins)
const web = (place: string, ...names: string[]): Pod[] => names.map((name) => on(place, pod(name, { cpu: '200m', owner: 'web', labels: { app: 'web' } })))
const moves = (nodes: Node[], pods: Pod[], may = any): string[] => planMoves(board(nodes, pods), may).map((m) => `${m.pod.metadata.name} ${m.from}>${m.to.join('|')} ${m.reason}`)
const zones = (name: string, zone: string): Node => node(name, { labels: { zone } })
const hosts = { topologyKey: 'kubernetes.io/hostname', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'web' } } }

describe('what a rebalance would move', () => {
  test.each<[string, Node[], Pod[], string[]]>([
    ['a server that came back: replicas that are together', [node('a'), node('b'), node('c')], [...web('a', 'p1', 'p2', 'p3'), ...web('b', 'q1', 'q2', 'q3')], ['p1 a>c Crowded', 'q1 b>c Crowded']],
    ['nothing, where they are spread', [node('a'), node('b'), node('c')], [...web('a', 'p1', 'p2'), ...web('b', 'q1', 'q2'), ...web('c', 'r1')], []],
    ['nothing to a cordoned server', [node('a'), node('b', { spec: { unschedulable: true } })], web('a', 'p1', 'p2', 'p3'), []],
    ['nothing to one that is away', [node('a'), node('b', { ready: false })], web('a', 'p1', 'p2', 'p3'), []],
    ['nothing where there is no room', [node('a'), node('b', { cpu: '100m' })], web('a', 'p1', 'p2', 'p3'), []],
    ['a label that changed since', [node('a'), node('b', { labels: { disk: 'ssd' } })], [on('a', pod('p', { owner: 'x', spec: { nodeSelector: { disk: 'ssd' } } }))], ['p a>b NotAllowed']],
    ['a taint that came since', [node('a', { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } }), node('b')], web('a', 'p1'), ['p1 a>b NotAllowed']],
    ['anti-affinity that is broken since', [node('a'), node('b')], ['p1', 'p2'].map((name) => on('a', pod(name, { owner: name, labels: { app: 'x' }, spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'x' } } }] } } } }))), ['p1 a>b NotAllowed']],
    ['a spread constraint that is broken since', [node('a'), node('b')], web('a', 'p1', 'p2').map((p) => ({ ...p, spec: { ...p.spec, topologySpreadConstraints: [hosts] } })), ['p1 a>b Spread']],
    ['a spread over zones that is only preferred', [zones('a', '1'), zones('b', '1'), zones('c', '2')], [...web('a', 'p1'), ...web('b', 'p2')].map((p) => ({ ...p, metadata: { ...p.metadata, ownerReferences: [] }, spec: { ...p.spec, topologySpreadConstraints: [{ ...hosts, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' }] } })), ['p1 a>c Crowded']],
    ['single pods of a full server, to one that is hardly used', [node('a'), node('b')], ['p1', 'p2', 'p3', 'p4'].map((name) => on('a', pod(name, { cpu: '500m', owner: name }))), ['p1 a>b Uneven', 'p2 a>b Uneven']],
    ['nothing for a little unevenness', [node('a'), node('b')], [['a', 'p1'], ['a', 'p2'], ['a', 'p3'], ['b', 'q1'], ['b', 'q2']].map(([at = '', name = '']) => on(at, pod(name, { cpu: '500m', owner: name }))), []],
    ['nothing that would rather be where it is', [node('a', { labels: { disk: 'ssd' } }), node('b')], web('a', 'p1', 'p2').map((p) => ({ ...p, spec: { ...p.spec, affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] } }] }, podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } } }] } } } })), []],
  ])('%s', (_, nodes, pods, expected) => expect(moves(nodes, pods)).toEqual(expected))

  test('who must stay stays, and others go in its place', () => {
    expect(moves([node('a'), node('b')], web('a', 'p1', 'p2', 'p3'), (p) => p.metadata.name !== 'p1')).toEqual(['p2 a>b Crowded'])
  })

  test('a plan leaves off at its limit', () => {
    expect(planMoves(board([node('a', { cpu: '9' }), node('b', { cpu: '9' })], web('a', ...Array.from({ length: 20 }, (_, i) => `p${String(i).padStart(2, '0')}`))), any, 3)).toHaveLength(3)
  })
})

test('whatever the cluster: it ends, each step improves and is one the scheduler may take, who must stay stays, and a second run proposes nothing', () => {
  const counted = { worlds: 0, moves: 0 }
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed)
    const make = new RandomWorld(random)
    const nodes = Array.from({ length: 2 + make.upTo(4) }, (_, i) => make.node(`n${String(i)}`))
    const apps = [make.pod(), make.pod(), make.pod()]
    // Thrown anywhere, as after losses and changed labels, but always onto what holds them.
    const pods = Array.from({ length: 12 }, () => make.again(make.pick(apps))).map((p) => on(make.pick(nodes).metadata.name, p))
    const state = { nodes, pods, namespaces: make.namespaces() }
    const table = new RebalanceBoard(deepFreeze(state), defaultPlugins)
    const stays = new Set(pods.filter(() => make.chance(0.2)).map((p) => p.metadata.uid))
    const may = (p: { metadata: { uid: string } }): boolean => !stays.has(p.metadata.uid)
    counted.worlds++
    let steps = 0
    for (let move = nextMove(table, may); move !== undefined; move = nextMove(table, may)) {
      const what = `seed ${String(seed)}, step ${String(steps)}`
      const before = costOf(table)
      const { uid } = move.pod.metadata
      expect(stays.has(uid), what).toBe(false)
      expect(move.to, what).not.toContain(move.from)
      const others = table.pods.filter((p) => p.pod.metadata.uid !== uid).map((p) => on(p.node, p.pod as Pod))
      const may1 = feasible(move.pod as Pod, { ...state, pods: others })
      for (const to of move.to) expect(may1, what).toContain(to)
      // Wherever of the equally good places it lands. What was said to change is what a whole count says.
      const to = make.pick(move.to)
      const said = changeOf(table, weigh(table), { pod: move.pod, node: move.from }, to)
      table.move(uid, to)
      const now = costOf(table)
      expect([said.violations, said.crowding], what).toEqual([now.violations - before.violations, now.crowding - before.crowding])
      expect(said.unevenness, what).toBeCloseTo(now.unevenness - before.unevenness, 9)
      expect(improvement(said), what).toBeDefined()
      expect(++steps, what).toBeLessThan(200)
    }
    counted.moves += steps
    // The same once more from what came of it, as another engine would see it.
    const settled = { ...state, pods: table.pods.map((p) => on(p.node, p.pod as Pod)) }
    expect(planMoves(new RebalanceBoard(deepFreeze(settled), defaultPlugins), may), `seed ${String(seed)}`).toEqual([])
  }
  // The generator makes what the test is about.
  expect(counted.moves).toBeGreaterThan(250)
})
