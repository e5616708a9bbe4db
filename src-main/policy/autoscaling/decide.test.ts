import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HorizontalPodAutoscalerSpec, MetricSpec } from '../../common/kube/generated/autoscaling-v2.ts'
import type { Memory } from './behavior.ts'
import { NO_MEMORY } from './behavior.ts'
import type { Decision, DecisionInput } from './decide.ts'
import { afterScaling, decide } from './decide.ts'
import { CALCULATOR_DEFAULTS } from './group-pods.ts'
import type { Reading } from './metrics.ts'
import { NOW, podsOf, samplesOf } from './testing/pods.ts'

const cpu = (averageUtilization: number): MetricSpec => ({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } })
const queue: MetricSpec = { type: 'Pods', pods: { metric: { name: 'queue_length' }, target: { type: 'AverageValue', averageValue: '10' } } }
const object: MetricSpec = { type: 'Object', object: { metric: { name: 'hits' }, describedObject: { kind: 'Ingress', name: 'web' }, target: { type: 'Value', value: '10' } } }
const external: MetricSpec = { type: 'External', external: { metric: { name: 'jobs' }, target: { type: 'AverageValue', averageValue: '5' } } }
const GONE: Reading = { error: 'no metrics returned from resource metrics API' }
const load = (...levels: number[]): Reading => ({ samples: samplesOf(levels) })

function look(spec: Partial<HorizontalPodAutoscalerSpec>, replicas: number, readings: readonly Reading[], more: Partial<DecisionInput> = {}): Decision {
  return decide({
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: 1, maxReplicas: 10, metrics: [cpu(50)], ...spec },
    scale: { replicas, observed: replicas }, pods: podsOf('T'.repeat(replicas)), readings, memory: NO_MEMORY, now: NOW, options: CALCULATOR_DEFAULTS, ...more,
  })
}
const condition = (decision: Decision, type: string): string => decision.conditions.filter((c) => c.type === type).map((c) => `${c.status} ${c.reason}`).at(-1) ?? 'none'

describe('one look', () => {
  test.each<[string, Decision, { to: number; why?: string; able?: string; active?: string; limited?: string; warnings?: string[] }]>([
    ['up', look({}, 2, [load(800, 900)]), { to: 4, why: 'cpu resource utilization (percentage of request) above target', able: 'True ReadyForNewScale', active: 'True ValidMetricFound', limited: 'False DesiredWithinRange' }],
    ['down waits for its window', look({}, 4, [load(100, 100, 100, 100)]), { to: 4, able: 'True ScaleDownStabilized', limited: 'False DesiredWithinRange', why: 'All metrics below target' }],
    ['down at once with a behavior that says so', look({ behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } }, 4, [load(100, 100, 100, 100)]), { to: 1, why: 'All metrics below target' }],
    ['at the target', look({}, 2, [load(500, 500)]), { to: 2, why: '', able: 'True ReadyForNewScale' }],
    ['no more than the most', look({ maxReplicas: 3 }, 2, [load(900, 900)]), { to: 3, limited: 'True TooManyReplicas' }],
    ['no faster than twice', look({ maxReplicas: 50 }, 5, [load(2000, 2000, 2000, 2000, 2000)]), { to: 10, limited: 'True ScaleUpLimit' }],
    ['no less than the least', look({ minReplicas: 2, behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } }, 3, [load(1, 1, 1)]), { to: 2, limited: 'True TooFewReplicas' }],
    ['above the most by hand', look({ maxReplicas: 3 }, 5, []), { to: 3, why: 'Current number of replicas above Spec.MaxReplicas', active: 'none' }],
    ['below the least by hand', look({ minReplicas: 3 }, 1, []), { to: 3, why: 'Current number of replicas below Spec.MinReplicas' }],
    ['at zero by hand', look({}, 0, []), { to: 0, active: 'False ScalingDisabled' }],
    ['no metrics to be had', look({}, 3, [GONE]), { to: 3, active: 'False FailedGetResourceMetric', able: 'True SucceededGetScale', warnings: [
      'FailedGetResourceMetric: failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API',
      'FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API',
    ] }],
    ['the largest of two', look({ metrics: [cpu(50), queue] }, 2, [load(500, 500), load(15_000, 20_000)]), { to: 4, why: 'pods metric queue_length above target' }],
    ['one fails, the other is above: up', look({ metrics: [cpu(50), queue] }, 2, [GONE, load(20_000, 20_000)]), { to: 4, active: 'True ValidMetricFound', warnings: ['FailedGetResourceMetric: failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API'] }],
    ['one fails, the other is below: nothing', look({ metrics: [cpu(50), queue] }, 2, [GONE, load(1000, 1000)]), { to: 2, active: 'False FailedGetResourceMetric' }],
    ['one fails, the other is at the target: nothing, and it works', look({ metrics: [queue, cpu(50)] }, 2, [load(10_000, 10_000), GONE]), { to: 2, active: 'True ValidMetricFound' }],
    ['pods metrics fail', look({ metrics: [queue] }, 2, [{ error: 'connection refused' }]), { to: 2, active: 'False FailedGetPodsMetric' }],
    ['an object\'s value', look({ metrics: [object] }, 2, [{ value: 18_000 }]), { to: 4, why: 'Ingress metric hits above target' }],
    ['an object\'s value fails', look({ metrics: [object] }, 2, [{ error: 'not available' }]), { to: 2, active: 'False FailedGetObjectMetric' }],
    ['a value outside, so much a pod', look({ metrics: [external] }, 2, [{ value: 20_000 }]), { to: 4, why: 'external metric jobs(nil) above target' }],
    ['a value outside fails', look({ metrics: [external] }, 2, [{ error: 'not available' }]), { to: 2, active: 'False FailedGetExternalMetric' }],
    ['an unknown source', look({ metrics: [{ type: 'Moon' }] }, 2, [GONE]), { to: 2, active: 'False InvalidMetricSourceType' }],
    ['pods that others count too', look({}, 2, [load(900, 900)], { selectorProblem: { reason: 'AmbiguousSelector', event: 'AmbiguousSelector', message: 'pods by selector app=web are controlled by multiple HPAs' } }), { to: 2, active: 'False AmbiguousSelector' }],
  ])('%s', (_name, decision, { to, why, able, active, limited, warnings }) => {
    expect(decision.desired).toBe(to)
    if (why !== undefined) expect(decision.reason).toBe(why)
    if (able !== undefined) expect(condition(decision, 'AbleToScale')).toBe(able)
    if (active !== undefined) expect(condition(decision, 'ScalingActive')).toBe(active)
    if (limited !== undefined) expect(condition(decision, 'ScalingLimited')).toBe(limited)
    if (warnings !== undefined) expect(decision.warnings.map((w) => `${w.reason}: ${w.message}`)).toEqual(warnings)
  })

  test('what it says of the metrics keeps their places', () => {
    expect(look({ metrics: [cpu(50), queue] }, 2, [GONE, load(20_000, 20_500)]).metrics).toEqual([{ type: '' }, { type: 'Pods', pods: { metric: { name: 'queue_length' }, current: { averageValue: '20250m' } } }])
    expect(look({}, 2, [load(500, 501)]).metrics).toEqual([{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 50, averageValue: '500m' } } }])
  })
})

/** Looks every 15 s at a load (of all pods together, in thousandths of a core) and scales as it decides. */
function run(spec: Partial<HorizontalPodAutoscalerSpec>, from: number, seconds: number, total: (second: number) => number, more: (second: number) => Partial<DecisionInput> = () => ({})): number[] {
  let memory: Memory = NO_MEMORY
  let replicas = from
  const seen: number[] = []
  for (let second = 0; second <= seconds; second += 15) {
    const now = NOW + second * 1000
    const level = replicas === 0 ? 0 : Math.trunc(Math.min(1000, total(second) / replicas))
    const decision = look(spec, replicas, [load(...Array<number>(replicas).fill(level))], { memory, now, ...more(second) })
    memory = afterScaling(decision.memory, spec.behavior, replicas, decision.desired, now)
    replicas = decision.desired
    seen.push(replicas)
  }
  return seen
}

describe('over time', () => {
  test('up in steps, down when the window is over, and then it stays', () => {
    const seen = run({}, 1, 900, (s) => (s < 300 ? 3000 : 400))
    expect(seen.slice(0, 4)).toEqual([2, 4, 6, 6])
    // The last high recommendation is of 285 s: it holds for 300 s.
    expect(seen.indexOf(1, 5) * 15).toBe(600)
    expect(new Set(seen.slice(-10))).toEqual(new Set([1]))
  })

  test('down by one pod in 30 s, as its policy says', () => {
    const behavior = { scaleDown: { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 1, periodSeconds: 30 }] } }
    expect(run({ behavior }, 5, 120, () => 0)).toEqual([4, 4, 3, 3, 2, 2, 1, 1, 1])
  })

  test('to zero only when asked for, after nothing was to do for so long; back when work is there', () => {
    const behavior = { scaleDown: { stabilizationWindowSeconds: 0 } }
    const work = (s: number): number => (s < 60 ? 500 : 0)
    expect(run({ behavior }, 2, 600, work).at(-1)).toBe(1)
    const zero = { idleAfterMs: 120_000, wakeAt: undefined, lastScaleAt: NOW }
    const seen = run({ behavior }, 2, 300, work, () => ({ zero }))
    // Something was to do until 45 s.
    expect(seen.indexOf(0) * 15).toBe(180)
    expect(seen.at(-1)).toBe(0)
    const asleep = look({}, 0, [], { zero })
    expect([asleep.desired, condition(asleep, 'ScalingActive')]).toEqual([0, 'False ScaledToZero'])
    const woken = look({ minReplicas: 2 }, 0, [], { zero: { ...zero, wakeAt: NOW + 5_000 } })
    expect([woken.desired, woken.reason]).toEqual([2, 'Wake requested'])
    expect(look({}, 0, [], { zero: { ...zero, wakeAt: NOW - 5_000 } }).desired).toBe(0)
  })

  test('who was just woken is not idle', () => {
    const behavior = { scaleDown: { stabilizationWindowSeconds: 0 } }
    const zero = { idleAfterMs: 60_000, wakeAt: NOW + 30_000, lastScaleAt: NOW + 40_000 }
    const seen = run({ behavior }, 1, 150, () => 0, () => ({ zero }))
    expect(seen.indexOf(0) * 15).toBe(90)
  })
})

describe('whatever the load', () => {
  const levels = fc.array(fc.nat(2000), { minLength: 1, maxLength: 12 })

  test('never outside the bounds, from wherever it begins', () => {
    fc.assert(fc.property(levels, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 5, max: 12 }), fc.integer({ min: 10, max: 200 }), (values, minReplicas, maxReplicas, target) => {
      const { desired } = look({ minReplicas, maxReplicas, metrics: [cpu(target)] }, values.length, [load(...values)])
      expect(desired).toBeGreaterThanOrEqual(minReplicas)
      expect(desired).toBeLessThanOrEqual(maxReplicas)
    }))
  })

  test('more load never means fewer replicas', () => {
    const behavior = { scaleDown: { stabilizationWindowSeconds: 0 } }
    fc.assert(fc.property(levels, fc.nat(500), fc.integer({ min: 10, max: 200 }), (values, more, target) => {
      const at = (extra: number): number => look({ maxReplicas: 100, behavior, metrics: [cpu(target)] }, values.length, [load(...values.map((v) => v + extra))]).desired
      expect(at(more)).toBeGreaterThanOrEqual(at(0))
    }))
  })

  test('what it settles at, it stays at', () => {
    const behavior = { scaleDown: { stabilizationWindowSeconds: 0 } }
    fc.assert(fc.property(fc.integer({ min: 100, max: 8000 }), fc.integer({ min: 20, max: 90 }), fc.integer({ min: 1, max: 12 }), (total, target, from) => {
      const seen = run({ maxReplicas: 100, behavior, metrics: [cpu(target)] }, from, 450, () => total)
      expect(new Set(seen.slice(-8)).size).toBe(1)
    }), { numRuns: 60 })
  })
})
