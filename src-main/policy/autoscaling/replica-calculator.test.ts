import { describe, expect, test } from 'vitest'
import type { Sample } from './group-pods.ts'
import { CALCULATOR_DEFAULTS, groupPods } from './group-pods.ts'
import type { Calculation, Proposal } from './replica-calculator.ts'
import { forAverageValue, forUtilization, forValue, forValuePerPod } from './replica-calculator.ts'
import type { ScaledPod } from './scaled-pod.ts'
import { formatMilli, milliOf } from './scaled-pod.ts'
import { NOW, podsOf, samplesOf } from './testing/pods.ts'

const calculation = (replicas: number, pods: readonly ScaledPod[]): Calculation => ({ ...CALCULATOR_DEFAULTS, now: NOW, replicas, pods })
const _ = Number.NaN

interface Row {
  now: number
  to: number
  pods: string
  levels: readonly number[]
  target: number
  usage: number
  /** Percent. */
  util?: number
  requests?: readonly number[]
}

describe('share of the CPU request', () => {
  test.each<[string, Row]>([
    ['scale up', { now: 3, to: 5, pods: 'TTT', levels: [300, 500, 700], target: 30, util: 50, usage: 500 }],
    ['up less, with one unready', { now: 3, to: 4, pods: 'FTT', levels: [300, 500, 700], target: 30, util: 60, usage: 600 }],
    ['up less, with one that just started', { now: 3, to: 4, pods: 'HTT', levels: [300, 500, 700], target: 30, util: 60, usage: 600 }],
    ['not up, with two unready', { now: 3, to: 3, pods: 'TFF', levels: [400, 500, 700], target: 40, util: 40, usage: 400 }],
    ['not up, with two that just started', { now: 3, to: 3, pods: 'THH', levels: [400, 500, 700], target: 40, util: 40, usage: 400 }],
    ['up, failed pods ignored', { now: 2, to: 4, pods: 'TTXX', levels: [500, 700], target: 30, util: 60, usage: 600 }],
    ['up, pods on their way out ignored', { now: 2, to: 4, pods: 'TTDD', levels: [500, 700, 900, 900], target: 30, util: 60, usage: 600 }],
    ['up, pending pods count as idle', { now: 3, to: 3, pods: 'TPP', levels: [450], target: 40, util: 45, usage: 450 }],
    ['scale down', { now: 5, to: 3, pods: 'TTTTT', levels: [100, 300, 500, 250, 250], target: 50, util: 28, usage: 280 }],
    ['down, unready left out', { now: 5, to: 2, pods: 'TTTFF', levels: [100, 300, 500, 250, 250], target: 50, util: 30, usage: 300 }],
    ['down, unscheduled left out', { now: 5, to: 1, pods: 'TPPPP', levels: [100], target: 50, util: 10, usage: 100 }],
    ['down, just started left out', { now: 5, to: 2, pods: 'TTTHH', levels: [100, 300, 500, 250, 250], target: 50, util: 30, usage: 300 }],
    ['down, failed ignored', { now: 5, to: 3, pods: 'TTTTTXX', levels: [100, 300, 500, 250, 250], target: 50, util: 28, usage: 280 }],
    ['down, deleted ignored', { now: 5, to: 3, pods: 'TTTTTDD', levels: [100, 300, 500, 250, 250], target: 50, util: 28, usage: 280 }],
    ['within the tolerance', { now: 3, to: 3, pods: 'TTT', levels: [1010, 1030, 1020], requests: [900, 1000, 1100], target: 100, util: 102, usage: 1020 }],
    ['the edge of the tolerance lies over it, as binary fractions are', { now: 10, to: 11, pods: 'TTTTTTTTTT', levels: Array<number>(10).fill(550), target: 50, util: 55, usage: 550 }],
    ['just over the tolerance', { now: 10, to: 12, pods: 'TTTTTTTTTT', levels: Array<number>(10).fill(560), target: 50, util: 56, usage: 560 }],
    ['percents are cut, not rounded', { now: 10, to: 10, pods: 'TTTTTTTTTT', levels: Array<number>(10).fill(549), target: 50, util: 54, usage: 549 }],
    ['metrics of pods that are not ours count not at all', { now: 4, to: 24, pods: 'TTTT', levels: [4000, 9500, 3000, 7000, 3200, 2000], target: 100, util: 587, usage: 5875 }],
    ['missing pods fill up on the way down', { now: 4, to: 3, pods: 'TTTT', levels: [400, 95], target: 100, util: 24, usage: 247 }],
    ['one missing, at the target', { now: 2, to: 2, pods: 'TT', levels: [1000], target: 100, util: 100, usage: 1000 }],
    ['one missing, above: idle, it would be none', { now: 2, to: 2, pods: 'TT', levels: [1900], target: 100, util: 190, usage: 1900 }],
    ['one missing, below: at its request, it would be none', { now: 2, to: 2, pods: 'TT', levels: [600], target: 100, util: 60, usage: 600 }],
    ['missing and unready: no change', { now: 3, to: 3, pods: 'FTT', levels: [100, 450], target: 50, util: 45, usage: 450 }],
    ['missing and just started: no change', { now: 3, to: 3, pods: 'HTT', levels: [100, 450], target: 50, util: 45, usage: 450 }],
    ['missing and unready: up', { now: 3, to: 4, pods: 'FTT', levels: [100, 2000], target: 50, util: 200, usage: 2000 }],
    ['missing and just started: up', { now: 3, to: 4, pods: 'HTT', levels: [100, 2000], target: 50, util: 200, usage: 2000 }],
    ['missing and unready: down', { now: 4, to: 3, pods: 'FTTT', levels: [100, 100, 100], target: 50, util: 10, usage: 100 }],
    ['missing, target over 100 %: feared at the target', { now: 4, to: 3, pods: 'TTTT', levels: [600, _, _, 600], target: 200, util: 60, usage: 600 }],
    ['during a rolling update with surge', { now: 2, to: 2, pods: 'TTTT', levels: [100, 100], target: 50, util: 10, usage: 100 }],
    ['idle: nothing', { now: 3, to: 0, pods: 'TTT', levels: [4, 3, 2], target: 50, util: 0, usage: 3 }],
  ])('%s', (_name, { now, to, pods, levels, target, usage, util, requests }) => {
    const result = forUtilization(calculation(now, podsOf(pods, requests)), samplesOf(levels), 'cpu', '', target)
    expect(result).toEqual({ replicas: to, usage, utilization: util } satisfies Proposal)
  })

  test.each<[string, string, readonly number[], string]>([
    ['no pods', '', [100], 'no pods returned by selector while calculating replica count'],
    ['no metrics', 'TT', [], 'did not receive metrics for targeted pods (pods might be unready)'],
    ['all unready', 'FF', [100, 100], 'did not receive metrics for targeted pods (pods might be unready)'],
    ['metrics of others only', 'T', [_, 100], 'no metrics returned matched known pods'],
  ])('none with %s', (_name, pods, levels, message) => {
    expect(() => forUtilization(calculation(1, podsOf(pods)), samplesOf(levels), 'cpu', '', 50)).toThrow(message)
  })

  test('none where a container asks for nothing; one container alone can be meant', () => {
    const [pod] = podsOf('T') as [ScaledPod]
    const mixed = { ...pod, requests: { app: { cpu: 500 }, sidecar: {} } }
    expect(() => forUtilization(calculation(1, [mixed]), samplesOf([500]), 'cpu', '', 50)).toThrow('missing request for cpu in container sidecar of Pod pod-0')
    expect(forUtilization(calculation(1, [mixed]), samplesOf([500]), 'cpu', 'app', 50)).toEqual({ replicas: 2, usage: 500, utilization: 100 })
  })
})

describe('average value', () => {
  test.each<[string, Row & { resource?: string }]>([
    ['scale up', { now: 3, to: 4, pods: 'TTT', levels: [20000, 10000, 30000], target: 15000, usage: 20000 }],
    ['up, unready pods count as they are', { now: 3, to: 6, pods: 'TFT', levels: [50000, 10000, 30000], target: 15000, usage: 30000 }],
    ['up, pods that just started too', { now: 3, to: 7, pods: 'HHT', levels: [50000, 15000, 30000], target: 15000, usage: 31666 }],
    ['up from what is ready, not from what is asked for', { now: 6, to: 7, pods: 'TFT', levels: [50000, 15000, 30000], target: 15000, usage: 31666 }],
    ['scale down', { now: 5, to: 3, pods: 'TTTTT', levels: [12000, 12000, 12000, 12000, 12000], target: 20000, usage: 12000 }],
    ['within the tolerance', { now: 3, to: 3, pods: 'TTT', levels: [20000, 21000, 21000], target: 20000, usage: 20666 }],
    ['down, missing pods at the target', { now: 5, to: 5, pods: 'TTTTT', levels: [15000, _, _, _, _], target: 16000, usage: 15000 }],
    ['up, missing pods idle: it would go down', { now: 3, to: 3, pods: 'TTT', levels: [16800], target: 15000, usage: 16800 }],
    ['exactly at the target with a missing pod: idle, other way, none', { now: 2, to: 1, pods: 'TT', levels: [15000], target: 15000, usage: 15000 }],
    ['memory has no time to warm up', { now: 3, to: 6, pods: 'HHH', levels: [200, 200, 200], target: 100, usage: 200, resource: 'memory' }],
    ['CPU has', { now: 3, to: 3, pods: 'THH', levels: [200, 200, 200], target: 100, usage: 200, resource: 'cpu' }],
    ['rolling update with surge', { now: 2, to: 2, pods: 'TTTT', levels: [10, 10], target: 17, usage: 10 }],
  ])('%s', (_name, { now, to, pods, levels, target, usage, resource }) => {
    expect(forAverageValue(calculation(now, podsOf(pods)), samplesOf(levels), resource ?? '', target)).toEqual({ replicas: to, usage })
  })
})

describe('one value for all', () => {
  test.each<[string, { now: number; to: number; pods: string; level: number; target: number }]>([
    ['up', { now: 3, to: 4, pods: 'TTT', level: 20000, target: 15000 }],
    ['up, from the ready pods only', { now: 3, to: 5, pods: 'TFF', level: 50000, target: 10000 }],
    ['down', { now: 5, to: 3, pods: 'TTTTT', level: 12000, target: 20000 }],
    ['within the tolerance', { now: 3, to: 3, pods: 'TTT', level: 20666, target: 20000 }],
    ['from zero', { now: 0, to: 2, pods: '', level: 15000, target: 10000 }],
    ['to zero', { now: 2, to: 0, pods: 'TT', level: 0, target: 10000 }],
    ['from zero with nothing to do', { now: 0, to: 0, pods: '', level: 0, target: 10000 }],
  ])('%s', (_name, { now, to, pods, level, target }) => {
    expect(forValue(calculation(now, podsOf(pods)), level, target)).toEqual({ replicas: to, usage: level })
  })

  test.each<[string, { observed: number; to: number; level: number; average: number; usage: number }]>([
    ['a pod: up', { observed: 3, to: 4, level: 20000, average: 5000, usage: 6667 }],
    ['a pod: up by what lies outside', { observed: 3, to: 4, level: 8600, average: 2150, usage: 2867 }],
    ['a pod: down', { observed: 5, to: 3, level: 6000, average: 2000, usage: 1200 }],
    ['a pod: down by what lies outside', { observed: 5, to: 3, level: 8600, average: 2867, usage: 1720 }],
    ['a pod: within the tolerance', { observed: 3, to: 3, level: 8600, average: 2900, usage: 2867 }],
    ['a pod: from zero', { observed: 0, to: 2, level: 8600, average: 5000, usage: 0 }],
  ])('%s', (_name, { observed, to, level, average, usage }) => {
    expect(forValuePerPod(0.1, observed, level, average)).toEqual({ replicas: to, usage })
  })
})

describe('how pods count', () => {
  const MINUTE = 60_000
  interface Life { status: string; startedAgo: number; sinceAgo: number; sampledAgo: number }
  const one = ({ status, startedAgo, sinceAgo, sampledAgo }: Life, resource: string): string => {
    const [base] = podsOf('T') as [ScaledPod]
    const pod = { ...base, startedAt: NOW - startedAgo, ready: { status, since: NOW - sinceAgo } }
    const sample: Sample = { value: 1, time: NOW - sampledAgo, windowMs: 30_000 }
    const { readyCount, unready } = groupPods([pod], new Map([[pod.name, sample]]), resource, CALCULATOR_DEFAULTS, NOW)
    return readyCount === 1 ? 'ready' : unready.size === 1 ? 'unready' : 'other'
  }
  test.each<[string, string, Life, string]>([
    ['memory of an unready pod', 'memory', { status: 'False', startedAgo: MINUTE, sinceAgo: MINUTE, sampledAgo: 0 }, 'ready'],
    ['ready at first, sampled a window after', 'cpu', { status: 'True', startedAgo: MINUTE, sinceAgo: 40_000, sampledAgo: 5_000 }, 'ready'],
    ['ready at first, sampled too soon', 'cpu', { status: 'True', startedAgo: MINUTE, sinceAgo: 30_000, sampledAgo: 10_000 }, 'unready'],
    ['unready at first', 'cpu', { status: 'False', startedAgo: MINUTE, sinceAgo: 50_000, sampledAgo: 0 }, 'unready'],
    ['later, ready, sampled too soon', 'cpu', { status: 'True', startedAgo: 6 * MINUTE, sinceAgo: 10_000, sampledAgo: 5_000 }, 'ready'],
    ['later, unready, but was ready', 'cpu', { status: 'False', startedAgo: 6 * MINUTE, sinceAgo: 5 * MINUTE, sampledAgo: 0 }, 'ready'],
    ['later, never ready', 'cpu', { status: 'False', startedAgo: 6 * MINUTE, sinceAgo: 6 * MINUTE - 10_000, sampledAgo: 0 }, 'unready'],
  ])('%s', (_name, resource, life, expected) => expect(one(life, resource)).toBe(expected))

  test('without a Ready condition or a start time it is unready; a deleted one is ignored before all else', () => {
    const [pod] = podsOf('T') as [ScaledPod]
    const samples = samplesOf([1])
    const group = (p: ScaledPod): ReturnType<typeof groupPods> => groupPods([p], samples, 'cpu', CALCULATOR_DEFAULTS, NOW)
    expect(group({ ...pod, ready: undefined }).unready.size).toBe(1)
    expect(group({ ...pod, startedAt: undefined }).unready.size).toBe(1)
    expect(group({ ...pod, phase: 'Pending', isDeleting: true }).ignored.size).toBe(1)
  })
})

test.each([['100m', 100], ['1', 1000], ['2Gi', 2 ** 31 * 1000], ['1500u', 2], [undefined, undefined], ['x', undefined]] as const)('%s in thousandths', (text, milli) => expect(milliOf(text)).toBe(milli))
test.each([[250, '250m'], [2000, '2'], [5_000_000_000, '5M'], [0, '0'], [3145728000, '3145728']] as const)('%d as a quantity', (milli, text) => expect(formatMilli(milli)).toBe(text))
