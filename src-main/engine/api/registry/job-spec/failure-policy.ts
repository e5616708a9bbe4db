import type { JobSpec, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyRule } from '../../../../common/kube/generated/batch-v1.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { qualifiedName } from '../../validation/names.ts'

const MOST_RULES = 20
const MOST_VALUES = 255
const MOST_PATTERNS = 20

/** Checks a Job's podFailurePolicy. */
export function validateFailurePolicy(spec: JobSpec, path: string, errors: FieldErrors): void {
  const policy = spec.podFailurePolicy
  if (policy === undefined) return
  const restart = spec.template?.spec?.restartPolicy
  if (restart !== undefined && restart !== 'Never') errors.invalid(`${path}.template.spec.restartPolicy`, restart, 'only "Never" is supported when podFailurePolicy is specified')
  const rules = (policy.rules as PodFailurePolicyRule[] | undefined) ?? []
  const at = `${path}.podFailurePolicy.rules`
  if (rules.length > MOST_RULES) errors.tooMany(at, rules.length, MOST_RULES)
  const containers = new Set([...(spec.template?.spec?.containers ?? []), ...(spec.template?.spec?.initContainers ?? [])].map((c) => c.name))
  rules.forEach((rule, i) => validateRule(spec, rule, `${at}[${String(i)}]`, containers, errors))
}

function validateRule(spec: JobSpec, rule: PodFailurePolicyRule, path: string, containers: ReadonlySet<string>, errors: FieldErrors): void {
  errors.oneOf(`${path}.action`, rule.action as string | undefined, ['Count', 'FailIndex', 'FailJob', 'Ignore'])
  if (rule.action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) errors.invalid(`${path}.action`, rule.action, 'requires the backoffLimitPerIndex to be set')
  const patterns = rule.onPodConditions ?? []
  if (rule.onExitCodes === undefined && patterns.length === 0) errors.invalid(path, rule, 'specifying one of OnExitCodes and OnPodConditions is required')
  if (rule.onExitCodes !== undefined && patterns.length > 0) errors.invalid(path, rule, 'specifying both OnExitCodes and OnPodConditions is not supported')
  if (rule.onExitCodes !== undefined) validateExitCodes(rule.onExitCodes, `${path}.onExitCodes`, containers, errors)
  if (patterns.length > MOST_PATTERNS) errors.tooMany(`${path}.onPodConditions`, patterns.length, MOST_PATTERNS)
  patterns.forEach((pattern, i) => {
    const at = `${path}.onPodConditions[${String(i)}]`
    const wrong = qualifiedName((pattern.type as string | undefined) ?? '')
    if (wrong !== undefined) errors.invalid(`${at}.type`, pattern.type, wrong)
    errors.oneOf(`${at}.status`, pattern.status, ['False', 'True', 'Unknown'])
  })
}

function validateExitCodes(codes: PodFailurePolicyOnExitCodesRequirement, path: string, containers: ReadonlySet<string>, errors: FieldErrors): void {
  errors.oneOf(`${path}.operator`, codes.operator as string | undefined, ['In', 'NotIn'])
  if (codes.containerName !== undefined && !containers.has(codes.containerName)) {
    errors.invalid(`${path}.containerName`, codes.containerName, 'must be one of the container or initContainer names in the pod template')
  }
  const values = (codes.values as number[] | undefined) ?? []
  if (values.length === 0) errors.invalid(`${path}.values`, values, 'at least one value is required')
  else if (values.length > MOST_VALUES) errors.tooMany(`${path}.values`, values.length, MOST_VALUES)
  values.forEach((value, i) => {
    const at = `${path}.values[${String(i)}]`
    if (codes.operator === 'In' && value === 0) errors.invalid(at, value, 'must not be 0 for the In operator')
    if (values.indexOf(value) < i) errors.duplicate(at, value)
  })
  if (values.some((value, i) => i > 0 && value < (values[i - 1] ?? 0))) errors.invalid(`${path}.values`, values, 'must be ordered')
}
