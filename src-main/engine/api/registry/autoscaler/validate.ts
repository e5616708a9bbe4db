import { SECONDS_ALLOWED, secondsOf, WAKE_REQUESTED_AT } from '../../../../common/kube/autoscaling.ts'
import type { CrossVersionObjectReference, HorizontalPodAutoscaler, HPAScalingRules, MetricIdentifier, MetricSpec, MetricTarget } from '../../../../common/kube/generated/autoscaling-v2.ts'
import { parseQuantity } from '../../../../common/kube/quantity.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { pathSegment } from '../../validation/names.ts'

const MOST_WINDOW_S = 3600
const MOST_PERIOD_S = 1800
/** Where each type of metric keeps what it says. */
const SOURCES: Readonly<Record<string, keyof MetricSpec>> = { ContainerResource: 'containerResource', External: 'external', Object: 'object', Pods: 'pods', Resource: 'resource' }

/** Checks an autoscaler as upstream does, and the annotations that are this cluster's own. */
export function validateAutoscaler(autoscaler: HorizontalPodAutoscaler, errors: FieldErrors): void {
  validateAnnotations(autoscaler.metadata.annotations, errors)
  const spec = autoscaler.spec as HorizontalPodAutoscaler['spec'] | undefined
  const { minReplicas, maxReplicas = 0, scaleTargetRef, metrics = [], behavior } = spec ?? {}
  if (minReplicas !== undefined && minReplicas < 1) errors.invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1')
  if (maxReplicas < 1) errors.invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0')
  if (minReplicas !== undefined && maxReplicas < minReplicas) errors.invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`')
  validateReference(scaleTargetRef, 'spec.scaleTargetRef', errors)
  metrics.forEach((metric, i) => validateMetric(metric, `spec.metrics[${String(i)}]`, errors))
  validateRules(behavior?.scaleUp, 'spec.behavior.scaleUp', errors)
  validateRules(behavior?.scaleDown, 'spec.behavior.scaleDown', errors)
}

function validateAnnotations(annotations: Record<string, string> | undefined, errors: FieldErrors): void {
  for (const [name, [least, most]] of Object.entries(SECONDS_ALLOWED)) {
    const text = annotations?.[name]
    if (text !== undefined && secondsOf(annotations, name) === undefined) errors.invalid(`metadata.annotations[${name}]`, text, `must be a whole number of seconds between ${String(least)} and ${String(most)}`)
  }
  const wake = annotations?.[WAKE_REQUESTED_AT]
  if (wake !== undefined && Number.isNaN(Date.parse(wake))) errors.invalid(`metadata.annotations[${WAKE_REQUESTED_AT}]`, wake, 'must be a time such as 2026-01-31T12:00:00Z')
}

function validateReference(reference: CrossVersionObjectReference | undefined, path: string, errors: FieldErrors): void {
  for (const field of ['kind', 'name'] as const) {
    const value = reference?.[field]
    if (!value) errors.required(`${path}.${field}`)
    else errors.check(`${path}.${field}`, value, pathSegment)
  }
}

function validateRules(rules: HPAScalingRules | undefined, path: string, errors: FieldErrors): void {
  if (rules === undefined) return
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [] } = rules
  if (window !== undefined && window < 0) errors.invalid(`${path}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero')
  if (window !== undefined && window > MOST_WINDOW_S) errors.invalid(`${path}.stabilizationWindowSeconds`, window, `must be less than or equal to ${String(MOST_WINDOW_S)}`)
  if (selectPolicy !== undefined && !['Max', 'Min', 'Disabled'].includes(selectPolicy)) errors.notSupported(`${path}.selectPolicy`, selectPolicy, ['Max', 'Min', 'Disabled'])
  if (policies.length === 0) errors.required(`${path}.policies`, 'must specify at least one Policy')
  policies.forEach(({ type, value, periodSeconds }, i) => {
    const at = `${path}.policies[${String(i)}]`
    if (type !== 'Pods' && type !== 'Percent') errors.notSupported(`${at}.type`, type, ['Pods', 'Percent'])
    if (!(value > 0)) errors.invalid(`${at}.value`, value, 'must be greater than zero')
    if (!(periodSeconds > 0)) errors.invalid(`${at}.periodSeconds`, periodSeconds, 'must be greater than zero')
    if (periodSeconds > MOST_PERIOD_S) errors.invalid(`${at}.periodSeconds`, periodSeconds, `must be less than or equal to ${String(MOST_PERIOD_S)}`)
  })
}

function validateMetric(metric: MetricSpec, path: string, errors: FieldErrors): void {
  if (!metric.type) return errors.required(`${path}.type`, 'must specify a metric source type')
  const own = SOURCES[metric.type]
  if (own === undefined) return errors.notSupported(`${path}.type`, metric.type, Object.keys(SOURCES))
  if (metric[own] === undefined) errors.required(`${path}.${own}`, 'must populate information for the given metric source')
  for (const other of Object.values(SOURCES)) {
    if (other !== own && metric[other] !== undefined) errors.forbidden(`${path}.${other}`, 'must populate the given metric source only')
  }
  const { resource, containerResource, pods, object, external } = metric
  if (own === 'resource' && resource !== undefined) validateResource(resource.name, resource.target, `${path}.resource`, errors)
  if (own === 'containerResource' && containerResource !== undefined) {
    if (!containerResource.container) errors.required(`${path}.containerResource.container`, 'must specify a container')
    validateResource(containerResource.name, containerResource.target, `${path}.containerResource`, errors)
  }
  if (own === 'pods' && pods !== undefined) {
    validateNamed(pods.metric, pods.target, `${path}.pods`, errors)
    if (!isPositive(pods.target?.averageValue)) errors.required(`${path}.pods.target.averageValue`, 'must specify a positive target averageValue')
  }
  if (own === 'object' && object !== undefined) {
    validateReference(object.describedObject, `${path}.object.describedObject`, errors)
    validateNamed(object.metric, object.target, `${path}.object`, errors)
    if (object.target?.value === undefined && object.target?.averageValue === undefined) errors.required(`${path}.object.target.averageValue`, 'must set either a target value or averageValue')
  }
  if (own === 'external' && external !== undefined) {
    const { value, averageValue } = (external.target ?? {}) as Partial<MetricTarget>
    validateNamed(external.metric, external.target, `${path}.external`, errors)
    if (value === undefined && averageValue === undefined) errors.required(`${path}.external.target.averageValue`, 'must set either a target value for metric or a per-pod target')
    if (value !== undefined && averageValue !== undefined) errors.forbidden(`${path}.external.target.value`, 'may not set both a target value for metric and a per-pod target')
  }
}

function validateResource(name: string | undefined, target: MetricTarget | undefined, path: string, errors: FieldErrors): void {
  if (!name) errors.required(`${path}.name`, 'must specify a resource name')
  validateTarget(target, `${path}.target`, errors)
  const { averageUtilization, averageValue } = (target ?? {}) as Partial<MetricTarget>
  if (averageUtilization === undefined && averageValue === undefined) errors.required(`${path}.target.averageUtilization`, 'must set either a target raw value or a target utilization')
  if (averageUtilization !== undefined && averageValue !== undefined) errors.forbidden(`${path}.target.averageValue`, 'may not set both a target raw value and a target utilization')
}

function validateNamed(metric: MetricIdentifier | undefined, target: MetricTarget | undefined, path: string, errors: FieldErrors): void {
  if (!metric?.name) errors.required(`${path}.metric.name`, 'must specify a metric name')
  else errors.check(`${path}.metric.name`, metric.name, pathSegment)
  validateTarget(target, `${path}.target`, errors)
}

function validateTarget(target: MetricTarget | undefined, path: string, errors: FieldErrors): void {
  const { type, value, averageValue, averageUtilization } = (target ?? {}) as Partial<MetricTarget>
  if (!type) errors.required(`${path}.type`, 'must specify a metric target type')
  else if (!['Utilization', 'Value', 'AverageValue'].includes(type)) errors.invalid(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue')
  if (value !== undefined && !isPositive(value)) errors.invalid(`${path}.value`, value, 'must be positive')
  if (averageValue !== undefined && !isPositive(averageValue)) errors.invalid(`${path}.averageValue`, averageValue, 'must be positive')
  if (averageUtilization !== undefined && averageUtilization < 1) errors.invalid(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0')
}

function isPositive(quantity: string | undefined): boolean {
  return quantity !== undefined && (parseQuantity(quantity) ?? 0) > 0
}
