import type { CalculatorOptions, Samples } from './group-pods.ts'
import { groupPods } from './group-pods.ts'
import type { ScaledPod } from './scaled-pod.ts'

// The upstream controller's arithmetic: whole numbers are cut where Go cuts them, so that decisions are the same at every edge.

/** Why no count can be computed, in upstream's words. */
export class MetricError extends Error {
  override readonly name = 'MetricError'
}

/** What is computed with. */
export interface Calculation extends CalculatorOptions {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The replicas asked for at present. */
  readonly replicas: number
  readonly pods: readonly ScaledPod[]
}

/** A count, and the usage that it was made of. */
export interface Proposal {
  readonly replicas: number
  /** A pod's average, in thousandths; the whole for a value that is not averaged. */
  readonly usage: number
  /** In percent of what is requested; only where that is the target. */
  readonly utilization?: number
}

interface Ratio {
  readonly ratio: number
  readonly usage: number
  readonly utilization?: number
}

/** Replicas for a share of the requests, in percent. `container` '' is the whole pod. */
export function forUtilization(calculation: Calculation, samples: Samples, resource: string, container: string, targetPercent: number): Proposal {
  const values = new Map([...samples].map(([name, { value }]) => [name, value]))
  const groups = grouped(calculation, samples, values, resource)
  const requests = requestsOf(calculation.pods, resource, container)
  const ratioOf = (): Ratio => utilizationRatio(values, requests, targetPercent)
  // Missing pods are feared to use all they ask for before pods are taken away.
  return decided(calculation, groups, values, ratioOf, (name) => Math.trunc(((requests.get(name) ?? 0) * Math.max(100, targetPercent)) / 100), false)
}

/** Replicas for an average over the pods, in thousandths: of a resource, or ('') of a metric of the pods' own. */
export function forAverageValue(calculation: Calculation, samples: Samples, resource: string, target: number): Proposal {
  const values = new Map([...samples].map(([name, { value }]) => [name, value]))
  const groups = grouped(calculation, samples, values, resource)
  return decided(calculation, groups, values, () => usageRatio(values, target), () => target, true)
}

/** Replicas for one value that all pods share (of an object, of something outside), in thousandths. From zero, the ratio is the count. */
export function forValue({ replicas, tolerance, pods }: Calculation, usage: number, target: number): Proposal {
  const ratio = usage / target
  if (replicas === 0) return { replicas: Math.ceil(ratio), usage }
  if (Math.abs(1 - ratio) <= tolerance) return { replicas, usage }
  const ready = pods.filter((pod) => pod.phase === 'Running' && pod.ready?.status === 'True').length
  return { replicas: Math.ceil(ratio * ready), usage }
}

/** Replicas for one value that is shared out among the pods that there are (`observed`): so much a pod, in thousandths. */
export function forValuePerPod(tolerance: number, observed: number, usage: number, targetAverage: number): Proposal {
  const ratio = usage / (targetAverage * observed)
  const replicas = Math.abs(1 - ratio) > tolerance ? Math.ceil(usage / targetAverage) : observed
  return { replicas, usage: observed === 0 ? 0 : Math.ceil(usage / observed) }
}

/** Sorts the pods, and takes out of `values` those that do not count. */
function grouped(calculation: Calculation, samples: Samples, values: Map<string, number>, resource: string): ReturnType<typeof groupPods> {
  if (calculation.pods.length === 0) throw new MetricError('no pods returned by selector while calculating replica count')
  const groups = groupPods(calculation.pods, samples, resource, calculation, calculation.now)
  for (const name of [...groups.ignored, ...groups.unready]) values.delete(name)
  if (values.size === 0) throw new MetricError('did not receive metrics for targeted pods (pods might be unready)')
  return groups
}

/** `onDown`: what a missing pod is taken to use before scaling down. `atTarget`: one exactly at the target counts as on the way up. */
function decided(
  { replicas, tolerance }: Calculation, { readyCount, unready, missing }: ReturnType<typeof groupPods>, values: Map<string, number>, ratioOf: () => Ratio,
  onDown: (pod: string) => number, atTarget: boolean,
): Proposal {
  const { ratio, ...used } = ratioOf()
  const stay = { replicas, ...used }
  const upWithUnready = unready.size > 0 && ratio > 1
  if (!upWithUnready && missing.size === 0) return Math.abs(1 - ratio) <= tolerance ? stay : { replicas: Math.ceil(ratio * readyCount), ...used }
  if (ratio < 1) for (const name of missing) values.set(name, onDown(name))
  else if (ratio > 1 || atTarget) for (const name of missing) values.set(name, 0)
  if (upWithUnready) for (const name of unready) values.set(name, 0)
  const { ratio: again } = ratioOf()
  // With what is not known filled in against the change, it may be none, or go the other way: then nothing is done.
  if (Math.abs(1 - again) <= tolerance || (ratio < 1 && again > 1) || (ratio > 1 && again < 1)) return stay
  const next = Math.ceil(again * values.size)
  return (again < 1 && next > replicas) || (again > 1 && next < replicas) ? stay : { replicas: next, ...used }
}

function utilizationRatio(values: ReadonlyMap<string, number>, requests: ReadonlyMap<string, number>, target: number): Ratio {
  let [used, requested, count] = [0, 0, 0]
  for (const [name, value] of values) {
    const request = requests.get(name)
    if (request === undefined) continue
    used += value
    requested += request
    count++
  }
  if (requested === 0) throw new MetricError('no metrics returned matched known pods')
  const utilization = Math.trunc((used * 100) / requested)
  return { ratio: utilization / target, utilization, usage: Math.trunc(used / count) }
}

function usageRatio(values: ReadonlyMap<string, number>, target: number): Ratio {
  const usage = Math.trunc([...values.values()].reduce((sum, value) => sum + value, 0) / values.size)
  return { ratio: usage / target, usage }
}

function requestsOf(pods: readonly ScaledPod[], resource: string, container: string): Map<string, number> {
  return new Map(pods.map(({ name, requests }) => {
    let sum = 0
    for (const [of, request] of Object.entries(requests)) {
      if (container !== '' && of !== container) continue
      const milli = request[resource]
      if (milli === undefined) throw new MetricError(`missing request for ${resource} in container ${of} of Pod ${name}`)
      sum += milli
    }
    return [name, sum]
  }))
}
