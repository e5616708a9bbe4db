import { expect, test } from 'vitest'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { seededRandom } from '../../common/seeded-random.ts'
import { SchedulerCache } from './cache.ts'
import { checkAll, schedule } from './framework.ts'
import { defaultPlugins } from './plugins/index.ts'
import { podInfo } from './pod-info.ts'
import { feasible, scores } from './testing/oracle.ts'
import type { World } from './testing/oracle.ts'
import { RandomWorld } from './testing/random-world.ts'

const CASES = 400
const STEPS = 14

/** Changes something at random, in the world and in the cache alike. */
function disturb(make: RandomWorld, world: World, cache: SchedulerCache): void {
  const put = (pod: Pod): void => {
    world.pods = [...world.pods.filter((p) => p.metadata.uid !== pod.metadata.uid), pod]
    cache.setPod(pod)
  }
  const target = world.pods.length > 0 ? make.pick(world.pods) : undefined
  const node = make.pick(world.nodes)
  switch (make.upTo(8)) {
    case 0:
      if (target === undefined) return
      world.pods = world.pods.filter((p) => p !== target)
      return void cache.removePod(target.metadata.uid)
    case 1: return target && put({ ...target, metadata: { ...target.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })
    case 2: return target && put({ ...target, metadata: { ...target.metadata, labels: make.labels() } })
    case 3: return target && put({ ...target, status: { phase: 'Succeeded' } })
    case 4: {
      const changed = make.node(node.metadata.name)
      world.nodes = world.nodes.map((n) => (n === node ? changed : n))
      return cache.setNode(changed)
    }
    case 5:
      if (world.nodes.length < 2) return
      world.nodes = world.nodes.filter((n) => n !== node)
      return cache.removeNode(node.metadata.name)
    case 6: {
      const back = make.node(`n${String(make.upTo(9))}`)
      world.nodes = [...world.nodes.filter((n) => n.metadata.name !== back.metadata.name), back]
      return cache.setNode(back)
    }
    case 7: {
      const changed = { ...node, spec: { ...node.spec, taints: make.chance(0.5) ? [make.taint()] : [] } }
      world.nodes = world.nodes.map((n) => (n === node ? changed : n))
      return cache.setNode(changed)
    }
    default:
      world.namespaces = make.namespaces()
      for (const ns of world.namespaces) cache.setNamespace(ns)
  }
}

test('every decision is the one that the documents ask for: the same nodes fit, and the chosen one has the highest score', () => {
  const counted = { pods: 0, refused: 0, choices: 0, feasible: 0 }
  for (let seed = 1; seed <= CASES; seed++) {
    const random = seededRandom(seed)
    const make = new RandomWorld(random)
    const world: World = { nodes: Array.from({ length: 1 + make.upTo(7) }, (_, i) => make.node(`n${String(i)}`)), pods: [], namespaces: make.namespaces() }
    const cache = SchedulerCache.of(world.nodes, [], world.namespaces)
    // Like an app's replicas, most pods are like one before: then what was counted for that one is asked for again.
    const apps = [make.pod(), make.pod()]
    for (let step = 0; step < STEPS; step++) {
      if (make.chance(0.35)) disturb(make, world, cache)
      const pod = make.chance(0.7) ? make.again(make.pick(apps)) : make.pod()
      const info = podInfo(pod)
      const fitting = feasible(pod, world)
      const found = [...checkAll(info, cache, defaultPlugins.filters)].filter(([, no]) => no === undefined).map(([name]) => name)
      const what = `seed ${String(seed)}, step ${String(step)}`
      expect(found, what).toEqual(fitting)
      const verdict = schedule(info, cache, defaultPlugins, random)
      counted.pods++
      counted.feasible += fitting.length
      if (verdict.node === undefined) {
        expect(fitting, what).toEqual([])
        counted.refused++
        continue
      }
      const expected = scores(pod, fitting, world)
      expect(expected.get(verdict.node), `${what}: ${verdict.node} of ${JSON.stringify([...expected])}`).toBe(Math.max(...expected.values()))
      if (fitting.length > 1 && new Set(expected.values()).size > 1) counted.choices++
      const bound = { ...pod, spec: { ...pod.spec, nodeName: verdict.node } }
      world.pods.push(bound)
      cache.assume(info, verdict.node)
      // The watch says the same a moment later.
      if (make.chance(0.5)) cache.setPod(bound)
    }
  }
  // The generator makes what the test is about: pods that fit nowhere, and real choices.
  expect(counted.refused).toBeGreaterThan(CASES)
  expect(counted.choices).toBeGreaterThan(CASES * 3)
})
