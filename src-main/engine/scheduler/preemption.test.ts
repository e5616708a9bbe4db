import { describe, expect, test } from 'vitest'
import type { Pod, PodSpec } from '../../common/kube/generated/core-v1.ts'
import type { PodDisruptionBudget } from '../../common/kube/generated/policy-v1.ts'
import { seededRandom } from '../../common/seeded-random.ts'
import { SchedulerCache } from './cache.ts'
import { checkAll } from './framework.ts'
import type { No } from './framework.ts'
import { defaultPlugins } from './plugins/index.ts'
import { podInfo } from './pod-info.ts'
import { findPreemption, mayPreempt } from './preemption.ts'
import type { Preemption } from './preemption.ts'
import { node, pod } from './testing/objects.ts'
import { bestPreemption } from './testing/preemption-oracle.ts'
import type { World } from './testing/oracle.ts'
import { RandomWorld } from './testing/random-world.ts'

const CASES = 400

function noesOf(p: Pod, cache: SchedulerCache): Map<string, No> | undefined {
  const noes = new Map<string, No>()
  for (const [name, no] of checkAll(podInfo(p), cache, defaultPlugins.filters)) {
    if (no === undefined) return undefined
    noes.set(name, no)
  }
  return noes
}

function budget(make: RandomWorld, name: string): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name, namespace: make.pick(['ns', 'other']), uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { selector: { matchLabels: { app: make.pick(['x', 'y', 'z']) } } }, status: { currentHealthy: 1, desiredHealthy: 1, expectedPods: 1, disruptionsAllowed: make.upTo(1) },
  }
}

/** Placed by hand, wherever: full nodes with pods of all priorities. */
function crowd(make: RandomWorld, world: World): void {
  for (const n of world.nodes) {
    for (let i = 1 + make.upTo(3); i > 0; i--) {
      const made = make.pod()
      world.pods.push({ ...made, spec: { ...withoutNear(made).spec, nodeName: n.metadata.name, priority: make.pick([-5, 0, 10, 20]) }, status: { phase: 'Running', startTime: `2026-01-01T0${String(make.upTo(9))}:00:00Z` } })
    }
  }
}

/** Where a pod must be near others, fewer pods may be worse: then sparing one after another is no best choice, only upstream's. */
function withoutNear(p: Pod): Pod {
  const { affinity, topologySpreadConstraints: _spread, ...spec } = p.spec
  const { podAffinity: _near, ...rest } = affinity ?? {}
  return { ...p, spec: { ...spec, affinity: rest } }
}

test('preemption takes the least harm of all that there are, as a search through every set of pods finds it', () => {
  let found = 0
  let several = 0
  let violating = 0
  for (let seed = 1; seed <= CASES; seed++) {
    const make = new RandomWorld(seededRandom(seed))
    const alike = make.chance(0.6)
    const nodeAt = (_: unknown, i: number): ReturnType<typeof node> => (alike ? node(`n${String(i)}`, { cpu: '1', memory: '2Gi', pods: '5' }) : make.node(`n${String(i)}`))
    const world: World = { nodes: Array.from({ length: 1 + make.upTo(4) }, nodeAt), pods: [], namespaces: make.namespaces() }
    crowd(make, world)
    const budgets = make.chance(0.8) ? make.some(3, () => budget(make, `b${String(make.upTo(1000))}`)) : []
    for (let i = 0; i < 3; i++) {
      const p = withoutNear(make.pod())
      const incoming: Pod = { ...p, spec: { ...(alike ? pod('plain', { cpu: '400m' }) : p).spec, priority: make.pick([0, 10, 15, 100]) } }
      const cache = SchedulerCache.of(world.nodes, world.pods, world.namespaces)
      const noes = noesOf(incoming, cache)
      if (noes === undefined) continue
      const before = JSON.stringify(world.pods.map((o) => [o.metadata.uid, o.spec.nodeName]).sort())
      const { found: made } = findPreemption(podInfo(incoming), cache, defaultPlugins.filters, noes, budgets)
      const expected = bestPreemption(incoming, world, budgets)
      const what = `seed ${String(seed)}, pod ${String(i)}`
      expect(made && { node: made.node, violations: made.violations, victims: names(made) }, what).toEqual(expected && { node: expected.node, violations: expected.violations, victims: expected.victims })
      // The question leaves the cluster as it was.
      expect(JSON.stringify(cache.nodes.flatMap((n) => [...n.pods.values()].map((o) => [o.pod.metadata.uid, n.name])).sort()), what).toBe(before)
      if (expected === undefined) continue
      found++
      if (expected.choices > 1) several++
      if (expected.violations > 0) violating++
    }
  }
  expect(found).toBeGreaterThan(CASES / 3)
  expect(several).toBeGreaterThan(CASES / 10)
  expect(violating).toBeGreaterThan(5)
})

function names({ victims }: Preemption): string[] {
  return victims.map((v) => v.pod.metadata.name).sort()
}

describe('who may take whose place', () => {
  const at = (name: string, priority: number, on: string, o: Partial<Pod> = {}): Pod => ({ ...pod(name, { cpu: '1', spec: { priority, nodeName: on } }), ...o })
  const wanting = (spec: Partial<PodSpec> = {}): Pod => pod('p', { cpu: '1', spec: { priority: 10, ...spec } })
  const ask = (p: Pod, others: Pod[], nodes = [node('a', { cpu: '1' })]): unknown => {
    const cache = SchedulerCache.of(nodes, others)
    const outcome = findPreemption(podInfo(p), cache, defaultPlugins.filters, noesOf(p, cache) ?? new Map(), [])
    return outcome.found === undefined ? Object.fromEntries(outcome.reasons) : [outcome.found.node, names(outcome.found)]
  }
  test.each<[string, Pod, Pod[], ReturnType<typeof node>[] | undefined, unknown]>([
    ['one of lower priority', wanting(), [at('low', 0, 'a')], undefined, ['a', ['low']]],
    ['not its equal', wanting(), [at('equal', 10, 'a')], undefined, { a: ['No preemption victims found for incoming pod'] }],
    ['not where it does not help', wanting({ nodeSelector: { disk: 'ssd' } }), [at('low', 0, 'a')], undefined, { a: ['Preemption is not helpful for scheduling'] }],
    ['not where it is too little', wanting({ containers: [{ name: 'c', resources: { requests: { cpu: '2' } } }] }), [at('low', 0, 'a')], undefined, { a: ['Insufficient cpu'] }],
    ['where the loss is of lower priority', wanting(), [at('low', 5, 'a'), at('lower', 1, 'b')], [node('a', { cpu: '1' }), node('b', { cpu: '1' })], ['b', ['lower']]],
  ])('%s', (_, p, others, nodes, expected) => expect(ask(p, others, nodes)).toEqual(expected))

  test('a pod that may not, or for which pods are ending already, does not', () => {
    const ending = at('low', 0, 'a')
    const cache = SchedulerCache.of([node('a', { cpu: '1' })], [{ ...ending, metadata: { ...ending.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }])
    const noes = noesOf(wanting(), cache) ?? new Map<string, No>()
    expect(mayPreempt(podInfo(wanting({ preemptionPolicy: 'Never' })), cache, undefined, noes)).toBe(false)
    expect(mayPreempt(podInfo(wanting()), cache, 'a', noes)).toBe(false)
    expect(mayPreempt(podInfo(wanting()), cache, undefined, noes)).toBe(true)
    expect(mayPreempt(podInfo(wanting()), cache, 'a', new Map([['a', { plugin: 'NodeName', reasons: ['no'], yieldsToPreemption: false }]]))).toBe(true)
  })
})
