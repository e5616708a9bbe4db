import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HorizontalPodAutoscalerSpec } from '../../common/kube/generated/autoscaling-v2.ts'
import type { Load } from './replay.ts'
import { replay, totalLoad } from './replay.ts'

const T0 = Date.UTC(2026, 0, 1)
const MINUTE = 60_000
const spec = (more: Partial<HorizontalPodAutoscalerSpec> = {}): HorizontalPodAutoscalerSpec => ({
  scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: 2, maxReplicas: 10, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }], ...more,
})
const requests = { app: { cpu: 200, memory: 2 ** 30 } }
/** So many millicores in each minute. */
const loads = (cpu: readonly number[]): Load[] => cpu.map((cpuMilli, i) => ({ time: T0 + i * MINUTE, containers: { app: { cpuMilli, memoryBytes: 2 ** 20 } } }))

test('a busy quarter of an hour: up in steps as fast as it may, and back when the window is over', () => {
  const { steps, least, most, changes } = replay({ spec: spec(), loads: loads([...Array<number>(5).fill(150), ...Array<number>(15).fill(800), ...Array<number>(15).fill(150)]), requests, replicas: 2 })
  expect(steps).toHaveLength(34 * 4 + 1)
  const at = (minute: number, second = 0): number | undefined => steps.find((s) => s.time === T0 + minute * MINUTE + second * 1000)?.replicas
  expect([at(4), at(5), at(5, 15), at(5, 30), at(19)]).toEqual([2, 4, 8, 8, 8])
  // The last high look is of 19:45, and holds for five minutes.
  expect([at(24, 45), at(25)]).toEqual([8, 2])
  expect([least, most, changes]).toEqual([2, 8, 3])
  expect(steps.find((s) => s.replicas === 4)).toMatchObject({ utilization: 200, reason: 'cpu resource utilization (percentage of request) above target', limitedBy: 'ScaleUpLimit' })
})

test('what the most is too low for is told', () => {
  const { steps } = replay({ spec: spec({ maxReplicas: 3 }), loads: loads(Array<number>(5).fill(800)), requests, replicas: 2 })
  expect(steps.at(-1)).toMatchObject({ replicas: 3, limitedBy: 'TooManyReplicas' })
})

test('to zero over night, and back with the first use', () => {
  const record = loads([...Array<number>(3).fill(100), ...Array<number>(10).fill(0), 100, 100])
  const { steps, least } = replay({ spec: spec({ behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } }), loads: record, requests, replicas: 2, scaleToZeroAfterMs: 5 * MINUTE })
  expect(least).toBe(0)
  expect((steps.find((s) => s.replicas === 0)?.time ?? 0) - T0).toBe(8 * MINUTE)
  expect(steps.find((s) => s.reason === 'Wake requested')?.time).toBe(T0 + 13 * MINUTE)
})

test('one container alone; what is not recorded is no reason to scale; nothing recorded is nothing decided', () => {
  const two: Load[] = [{ time: T0, containers: { app: { cpuMilli: 100, memoryBytes: 1 }, side: { cpuMilli: 900, memoryBytes: 1 } } }, { time: T0 + MINUTE, containers: {} }]
  const container = spec({ metrics: [{ type: 'ContainerResource', containerResource: { name: 'cpu', container: 'side', target: { type: 'AverageValue', averageValue: '150m' } } }] })
  expect(replay({ spec: container, loads: two, requests, replicas: 2 }).steps[0]?.replicas).toBe(4)
  const pods = spec({ metrics: [{ type: 'Pods', pods: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '1' } } }] })
  expect(new Set(replay({ spec: pods, loads: two, requests, replicas: 2 }).steps.map((s) => s.replicas))).toEqual(new Set([2]))
  expect(replay({ spec: spec(), loads: [], requests, replicas: 2 })).toEqual({ steps: [], least: 2, most: 2, mean: 2, changes: 0 })
})

test('the pods\' records become one, step by step', () => {
  const step = (minute: number, cpuMilli: number): { time: number; windowMs: number; cpuMilli: number; memoryBytes: number } => ({ time: T0 + minute * MINUTE, windowMs: MINUTE, cpuMilli, memoryBytes: 5 })
  expect(totalLoad([{ app: [step(1, 10), step(0, 20)] }, { app: [step(1, 30)], side: [step(1, 1)] }])).toEqual([
    { time: T0, containers: { app: { cpuMilli: 20, memoryBytes: 5 } } }, { time: T0 + MINUTE, containers: { app: { cpuMilli: 40, memoryBytes: 10 }, side: { cpuMilli: 1, memoryBytes: 5 } } },
  ])
})

test('whatever was recorded, it stays within its bounds', () => {
  fc.assert(fc.property(fc.array(fc.nat(4000), { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 3, max: 12 }), (cpu, minReplicas, maxReplicas) => {
    const { steps } = replay({ spec: spec({ minReplicas, maxReplicas }), loads: loads(cpu), requests, replicas: 20 })
    expect(steps.every((s) => s.replicas >= minReplicas && s.replicas <= maxReplicas)).toBe(true)
  }), { numRuns: 60 })
})
