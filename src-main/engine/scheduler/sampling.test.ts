import { expect, test } from 'vitest'
import { seededRandom } from '../../common/seeded-random.ts'
import { schedule } from './framework.ts'
import { defaultPlugins } from './plugins/index.ts'
import { podInfo } from './pod-info.ts'
import { nodesToFind, visitor } from './sampling.ts'
import { cacheOf, node, nodeInfo, pod } from './testing/objects.ts'

test.each([1, 2, 3, 100, 101, 997, 1000, 5000])('of %i nodes each is visited once, wherever it begins', (total) => {
  for (const start of [0, 1, total - 1]) {
    const at = visitor(total, start)
    expect(new Set(Array.from({ length: total }, (_, i) => at(i))).size).toBe(total)
  }
})

test('how many nodes that fit are enough', () => {
  expect([50, 100, 101, 1000, 5000].map((n) => nodesToFind(n, false))).toEqual([50, 100, 100, 100, 100])
  expect([50, 100, 101, 1000, 5000, 10000].map((n) => nodesToFind(n, true))).toEqual([50, 100, 100, 420, 500, 500])
})

test('the only node that fits is found among many, and that none fits is said of all', () => {
  const nodes = Array.from({ length: 300 }, (_, i) => nodeInfo(node(`n${String(i)}`, i === 217 ? { labels: { disk: 'ssd' } } : {})))
  const picky = podInfo(pod('p', { spec: { nodeSelector: { disk: 'ssd' } } }))
  for (const start of [0, 100, 299]) expect(schedule(picky, cacheOf(...nodes), defaultPlugins, seededRandom(1), start)).toMatchObject({ node: 'n217' })
  const verdict = schedule(podInfo(pod('p', { cpu: '99' })), cacheOf(...nodes), defaultPlugins, seededRandom(1), 5)
  expect(verdict.node === undefined && verdict.noes.size).toBe(300)
})
