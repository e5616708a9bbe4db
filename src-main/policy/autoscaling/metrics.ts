import type { MetricSpec, MetricStatus } from '../../common/kube/generated/autoscaling-v2.ts'
import type { LabelSelector } from '../../common/kube/generated/meta-v1.ts'
import { formatSelector, requirementsOf } from '../../common/kube/labels.ts'
import type { Samples } from './group-pods.ts'
import type { Calculation, Proposal } from './replica-calculator.ts'
import { forAverageValue, forUtilization, forValue, forValuePerPod, MetricError } from './replica-calculator.ts'
import { formatMilli, milliOf } from './scaled-pod.ts'

/** What was read for one metric of a spec: a value of each pod, one value (in thousandths), or why there is none. */
export type Reading = { readonly samples: Samples } | { readonly value: number } | { readonly error: string }

/** What one metric, or all of them, come to. */
export interface MetricOutcome {
  readonly replicas: number
  /** As reasons name it: `cpu resource utilization (percentage of request)`. */
  readonly name: string
}

/** Why a metric gives no count: `reason` and `message` are the condition's, `error` the sentence around it. */
export interface MetricFailure {
  readonly reason: string
  readonly message: string
  readonly error: string
}

/** The outcome of all metrics of a spec. */
export interface MetricsOutcome {
  /** Undefined where no count may be acted upon: `failure` says why. */
  readonly outcome: MetricOutcome | undefined
  readonly statuses: readonly MetricStatus[]
  /** One for each metric that failed, in order. */
  readonly failures: readonly MetricFailure[]
  /** All failures in one sentence; undefined when there is none. */
  readonly error: string | undefined
}

/** The largest count of all metrics. One that fails holds back only a change downwards: what it would say may be higher. */
export function forMetrics(calculation: Calculation, observed: number, specs: readonly MetricSpec[], readings: readonly Reading[]): MetricsOutcome {
  const statuses: MetricStatus[] = []
  const failures: MetricFailure[] = []
  let best: MetricOutcome = { replicas: 0, name: '' }
  specs.forEach((spec, i) => {
    try {
      const { outcome, status } = forMetric(calculation, observed, spec, readings[i] ?? { error: 'it was not read' })
      statuses.push(status)
      if (best.replicas === 0 || outcome.replicas > best.replicas) best = outcome
    } catch (error) {
      if (!(error instanceof MetricError)) throw error
      // As upstream: an empty place, so that the others stay where the spec has them.
      statuses.push({ type: '' })
      failures.push(failureOf(spec, error.message))
    }
  })
  const [first] = failures
  const error = first === undefined ? undefined : `invalid metrics (${String(failures.length)} invalid out of ${String(specs.length)}), first error is: ${first.error}`
  const isUseless = failures.length >= specs.length || (failures.length > 0 && best.replicas < calculation.replicas)
  return { outcome: isUseless ? undefined : best, statuses, failures, error }
}

function forMetric(calculation: Calculation, observed: number, spec: MetricSpec, reading: Reading): { outcome: MetricOutcome; status: MetricStatus } {
  const { resource, containerResource, pods, object, external } = spec
  if (spec.type === 'Resource' && resource !== undefined) {
    const { proposal, current, what } = ofResource(calculation, resource.name, '', resource.target, reading)
    return { outcome: { replicas: proposal.replicas, name: `${resource.name} resource${what}` }, status: { type: 'Resource', resource: { name: resource.name, current } } }
  }
  if (spec.type === 'ContainerResource' && containerResource !== undefined) {
    const { name, container, target } = containerResource
    const { proposal, current, what } = ofResource(calculation, name, container, target, reading)
    return { outcome: { replicas: proposal.replicas, name: `${name} container resource${what}` }, status: { type: 'ContainerResource', containerResource: { name, container, current } } }
  }
  if (spec.type === 'Pods' && pods !== undefined) {
    const { replicas, usage } = within(`unable to get metric ${pods.metric.name}`, () => forAverageValue(calculation, samplesOf(reading), '', milliOf(pods.target.averageValue) ?? 0), reading)
    return { outcome: { replicas, name: `pods metric ${pods.metric.name}` }, status: { type: 'Pods', pods: { metric: pods.metric, current: { averageValue: formatMilli(usage) } } } }
  }
  if (spec.type === 'Object' && object !== undefined) {
    const { proposal: { replicas }, current } = ofValue(calculation, observed, object.target, reading, 'object')
    const name = `${object.target.type === 'AverageValue' ? 'external' : object.describedObject.kind} metric ${object.metric.name}`
    return { outcome: { replicas, name }, status: { type: 'Object', object: { metric: object.metric, describedObject: object.describedObject, current } } }
  }
  if (spec.type === 'External' && external !== undefined) {
    const { proposal: { replicas }, current } = ofValue(calculation, observed, external.target, reading, 'external')
    const selector = external.metric.selector === undefined ? 'nil' : selectorOf(external.metric.selector)
    return { outcome: { replicas, name: `external metric ${external.metric.name}(${selector})` }, status: { type: 'External', external: { metric: external.metric, current } } }
  }
  throw new MetricError(`unknown metric source type ${JSON.stringify(spec.type)}`)
}

type Target = MetricSpec['resource'] extends infer R | undefined ? R extends { target: infer T } ? T : never : never

function ofResource(calculation: Calculation, resource: string, container: string, target: Target, reading: Reading): { proposal: Proposal; current: { averageValue: string; averageUtilization?: number }; what: string } {
  const outer = `unable to get metrics for resource ${resource}`
  if (target.averageValue !== undefined) {
    const proposal = within(outer, () => forAverageValue(calculation, samplesOf(reading), resource, milliOf(target.averageValue) ?? 0), reading, `failed to get ${resource} usage`)
    return { proposal, current: { averageValue: formatMilli(proposal.usage) }, what: '' }
  }
  const percent = target.averageUtilization
  if (percent === undefined) throw new MetricError('invalid resource metric source: neither an average utilization target nor an average value (usage) target was set')
  const proposal = within(outer, () => forUtilization(calculation, samplesOf(reading), resource, container, percent), reading, `failed to get ${resource} utilization`)
  return { proposal, current: { averageUtilization: proposal.utilization ?? 0, averageValue: formatMilli(proposal.usage) }, what: ' utilization (percentage of request)' }
}

function ofValue(calculation: Calculation, observed: number, target: Target, reading: Reading, source: string): { proposal: Proposal; current: { value?: string; averageValue?: string } } {
  if ('error' in reading) throw new MetricError(`failed to get ${source} metric: ${reading.error}`)
  if (!('value' in reading)) throw new MetricError(`failed to get ${source} metric: it was read of each pod`)
  if (target.type === 'AverageValue' || target.value === undefined) {
    const proposal = forValuePerPod(calculation.tolerance, observed, reading.value, milliOf(target.averageValue) ?? 0)
    return { proposal, current: { averageValue: formatMilli(proposal.usage) } }
  }
  const proposal = forValue(calculation, reading.value, milliOf(target.value) ?? 0)
  return { proposal, current: { value: formatMilli(proposal.usage) } }
}

/** What fails inside, in the words that upstream puts around it: `outer` only around what was not read at all. */
function within<T>(outer: string, compute: () => T, reading: Reading, around?: string): T {
  try {
    return compute()
  } catch (error) {
    if (!(error instanceof MetricError)) throw error
    const message = 'error' in reading ? `${outer}: ${error.message}` : error.message
    throw new MetricError(around === undefined ? message : `${around}: ${message}`)
  }
}

function samplesOf(reading: Reading): Samples {
  if ('samples' in reading) return reading.samples
  throw new MetricError('error' in reading ? reading.error : 'it is not read of each pod')
}

function failureOf(spec: MetricSpec, error: string): MetricFailure {
  const known: Record<string, [reason: string, around: string]> = {
    Resource: ['FailedGetResourceMetric', `failed to get ${spec.resource?.name ?? ''} resource metric value`],
    ContainerResource: ['FailedGetContainerResourceMetric', `failed to get ${spec.containerResource?.name ?? ''} container metric value`],
    Pods: ['FailedGetPodsMetric', 'failed to get pods metric value'],
    Object: ['FailedGetObjectMetric', 'failed to get object metric value'],
    External: ['FailedGetExternalMetric', 'failed to get external metric value'],
  }
  const [reason, around] = known[spec.type] ?? ['InvalidMetricSourceType', '']
  return { reason, message: `the HPA was unable to compute the replica count: ${error}`, error: around === '' ? error : `${around}: ${error}` }
}

function selectorOf(selector: LabelSelector): string {
  return formatSelector(requirementsOf(selector))
}
