import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ReplicaSet } from '../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { MetricHistory } from './history.ts'
import { Series } from './series.ts'
import { usageSource } from './usage-source.ts'
import type { PodUsage } from './usage-book.ts'
import { workloadOf } from './workload-of.ts'

const T0 = Date.UTC(2026, 0, 1)
const podOf = (uid: string, owner?: { kind: string; name: string }): Pod =>
  ({ metadata: { uid, name: uid, namespace: 'shop', ...(owner === undefined ? {} : { ownerReferences: [{ ...owner, apiVersion: 'apps/v1', uid: 'o', controller: true }] }) } }) as unknown as Pod
const WEB = { kind: 'Deployment', namespace: 'shop', name: 'web' }

test('a series averages CPU over each step by time, keeps the highest memory, and ends with what is not over yet', () => {
  const series = new Series(10_000, 5)
  series.add(T0 + 1_000, 1_000, 100, 10)
  series.add(T0 + 4_000, 3_000, 500, 30)
  series.add(T0 + 12_000, 2_000, 50, 20)
  expect(series.points()).toEqual([{ time: T0, windowMs: 10_000, cpuMilli: 400, memoryBytes: 30 }, { time: T0 + 10_000, windowMs: 10_000, cpuMilli: 50, memoryBytes: 20 }])
})

test('whatever comes in, a series keeps the newest steps, in order, and no more', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 70 }), (gaps, most) => {
    const series = new Series(10_000, most)
    let time = T0
    const steps = new Map<number, number>()
    for (const gap of gaps) {
      time += gap
      series.add(time, gap, gap % 1000, gap)
      const step = time - (time % 10_000)
      steps.set(step, Math.max(steps.get(step) ?? 0, gap))
    }
    // The open one is beside those that are kept.
    expect(series.points().map((p) => [p.time, p.memoryBytes])).toEqual([...steps].slice(-most - 1))
  }))
})

test('a day of a container at one sample a second stays within its bounds', () => {
  const history = new MetricHistory()
  const pod = podOf('p')
  for (let s = 0; s < 90_000; s++) history.take(pod, WEB, { app: { time: T0 + s * 1000, windowMs: 1000, cpuMilli: s % 100, memoryBytes: s } })
  const [recorded] = history.of(WEB)
  const { hour = [], day = [] } = recorded?.containers['app'] ?? {}
  expect([hour.length, day.length]).toEqual([361, 1441])
  expect([hour.at(-1)?.memoryBytes, hour[0]?.time]).toEqual([89_999, T0 + (90_000 - 3610) * 1000])
})

test('what ended stays for a day, the longest ended goes first; who is there stays', () => {
  const history = new MetricHistory()
  const usage = { app: { time: T0, windowMs: 1000, cpuMilli: 1, memoryBytes: 1 } }
  history.take(podOf('alive'), WEB, usage)
  for (let i = 0; i < 250; i++) {
    history.take(podOf(`p${String(i)}`), WEB, usage)
    history.ended(`p${String(i)}`, T0 + i)
  }
  const names = history.of(WEB).map((p) => p.name)
  expect([names.length, names.includes('alive'), names.includes('p49'), names.includes('p50')]).toEqual([201, true, false, true])
  history.take(podOf('late'), WEB, usage)
  history.ended('late', T0 + 25 * 3_600_000)
  expect(history.of(WEB).map((p) => p.name)).toEqual(['alive', 'late'])
  expect(history.of({ ...WEB, name: 'other' })).toEqual([])
})

test('a pod is of the Deployment behind its ReplicaSet, of any other owner, or of itself', () => {
  const set = { metadata: { name: 'web-1', ownerReferences: [{ kind: 'Deployment', name: 'web', controller: true }] } } as unknown as ReplicaSet
  const sets = { get: (_: string, name: string) => (name === 'web-1' ? set : undefined) }
  expect(workloadOf(podOf('p', { kind: 'ReplicaSet', name: 'web-1' }), sets)).toEqual(WEB)
  expect(workloadOf(podOf('p', { kind: 'ReplicaSet', name: 'gone' }), sets).kind).toBe('ReplicaSet')
  expect(workloadOf(podOf('p', { kind: 'StatefulSet', name: 'db' }), sets)).toEqual({ kind: 'StatefulSet', namespace: 'shop', name: 'db' })
  expect(workloadOf(podOf('p'), sets)).toEqual({ kind: 'Pod', namespace: 'shop', name: 'p' })
})

test('what is acted on is the average of a window, and nothing once it is old', () => {
  const point = (second: number, cpuMilli: number): PodUsage => {
    const usage = { time: T0 + second * 1000, windowMs: 1000, cpuMilli, memoryBytes: second }
    return { ...usage, containers: { app: usage } }
  }
  let now = T0 + 10_000
  const points = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((s) => point(s, s * 100))
  const clock = { now: () => now, monotonic: () => now, setTimeout: () => ({ cancel: () => undefined }) }
  const source = usageSource({ recent: (uid) => (uid === 'p' ? points : []), recentNode: () => points, subscribe: () => () => undefined }, clock)
  expect(source.pod('p', 5_000)).toEqual({ time: T0 + 10_000, windowMs: 5_000, cpuMilli: 800, memoryBytes: 10, containers: { app: { cpuMilli: 800, memoryBytes: 10 } } })
  expect(source.pod('p', 1)?.cpuMilli).toBe(1000)
  expect(source.pod('other', 5_000)).toBeUndefined()
  expect(source.node('n', 2_000)?.cpuMilli).toBe(950)
  now += 46_000
  expect(source.pod('p', 5_000)).toBeUndefined()
})
