import { parseIndexes } from '../../../../common/kube/job-indexes.ts'
import type { JobSpec, SuccessPolicyRule } from '../../../../common/kube/generated/batch-v1.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { dnsSubdomain } from '../../validation/names.ts'
import { validatePodTemplate } from '../pod-spec/validate.ts'
import { validateFailurePolicy } from './failure-policy.ts'

const MOST_INDEXED_PARALLELISM = 100_000
/** With more indexes than this, how many may fail and run at once is bounded too: their lists are kept in the status. */
const MANY_INDEXES = 100_000
const MANY_INDEXES_PARALLELISM = 10_000
const MOST_SUCCESS_RULES = 20
const LONGEST_MANAGER = 63

/** Checks a Job's spec (a CronJob's template too), after the defaults. */
export function validateJobSpec(spec: JobSpec, path: string, errors: FieldErrors): void {
  for (const field of ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished', 'backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    errors.nonNegative(`${path}.${field}`, spec[field])
  }
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) errors.required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified')
  if (spec.managedBy !== undefined) validateManager(spec.managedBy, `${path}.managedBy`, errors)
  if (spec.completionMode !== undefined) validateMode(spec, path, errors)
  validateFailurePolicy(spec, path, errors)
  validateSuccessPolicy(spec, path, errors)
  if (spec.podReplacementPolicy !== undefined) {
    const allowed = spec.podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed']
    if (!allowed.includes(spec.podReplacementPolicy)) errors.notSupported(`${path}.podReplacementPolicy`, spec.podReplacementPolicy, allowed)
  }
  validatePodTemplate(spec.template, `${path}.template`, errors, ['Always', 'OnFailure', 'Never'])
  const restart = spec.template?.spec?.restartPolicy
  if (restart === 'Always') errors.required(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"')
  if (spec.backoffLimitPerIndex !== undefined && restart !== undefined && restart !== 'Never') {
    errors.invalid(`${path}.template.spec.restartPolicy`, restart, 'only "Never" is supported when backoffLimitPerIndex is specified')
  }
}

function validateManager(manager: string, path: string, errors: FieldErrors): void {
  const [domain = '', ...rest] = manager.split('/')
  if (rest.length === 0 || rest.join('/') === '') errors.invalid(path, manager, 'must be a domain-prefixed path (such as "acme.io/foo")')
  else if (dnsSubdomain(domain) !== undefined) errors.invalid(path, domain, dnsSubdomain(domain) ?? '')
  if (manager.length > LONGEST_MANAGER) errors.tooLong(path, LONGEST_MANAGER)
}

function validateMode(spec: JobSpec, path: string, errors: FieldErrors): void {
  const { completionMode, completions, parallelism = 0, backoffLimitPerIndex, maxFailedIndexes } = spec
  if (completionMode !== 'Indexed' && completionMode !== 'NonIndexed') errors.notSupported(`${path}.completionMode`, completionMode, ['Indexed', 'NonIndexed'])
  if (completionMode === 'NonIndexed') {
    if (backoffLimitPerIndex !== undefined) errors.invalid(`${path}.backoffLimitPerIndex`, backoffLimitPerIndex, 'requires indexed completion mode')
    if (maxFailedIndexes !== undefined) errors.invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, 'requires indexed completion mode')
  }
  if (completionMode !== 'Indexed') return
  if (completions === undefined) errors.required(`${path}.completions`, 'when completion mode is Indexed')
  if (parallelism > MOST_INDEXED_PARALLELISM) errors.invalid(`${path}.parallelism`, parallelism, `must be less than or equal to ${String(MOST_INDEXED_PARALLELISM)} when completion mode is Indexed`)
  if (completions === undefined || backoffLimitPerIndex === undefined) return
  if (maxFailedIndexes !== undefined && maxFailedIndexes > completions) errors.invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, 'must be less than or equal to completions')
  if (completions <= MANY_INDEXES) return
  if (maxFailedIndexes === undefined) errors.required(`${path}.maxFailedIndexes`, `must be specified when completions is above ${String(MANY_INDEXES)}`)
  else if (maxFailedIndexes > MANY_INDEXES_PARALLELISM) errors.invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, `must be less than or equal to ${String(MANY_INDEXES_PARALLELISM)}`)
  if (parallelism > MANY_INDEXES_PARALLELISM) {
    errors.invalid(`${path}.parallelism`, parallelism, `must be less than or equal to ${String(MANY_INDEXES_PARALLELISM)} when completions are above ${String(MANY_INDEXES)} and used with backoff limit per index`)
  }
}

function validateSuccessPolicy(spec: JobSpec, path: string, errors: FieldErrors): void {
  if (spec.successPolicy === undefined) return
  const rules = (spec.successPolicy.rules as SuccessPolicyRule[] | undefined) ?? []
  const at = `${path}.successPolicy.rules`
  if (spec.completionMode !== 'Indexed') errors.invalid(`${path}.successPolicy`, spec.successPolicy, 'requires indexed completion mode')
  if (rules.length === 0) errors.required(at, 'at least one rules must be specified when the successPolicy is specified')
  if (rules.length > MOST_SUCCESS_RULES) errors.tooMany(at, rules.length, MOST_SUCCESS_RULES)
  rules.forEach((rule, i) => validateSuccessRule(rule, spec.completions ?? 0, `${at}[${String(i)}]`, errors))
}

function validateSuccessRule({ succeededCount, succeededIndexes }: SuccessPolicyRule, completions: number, path: string, errors: FieldErrors): void {
  if (succeededCount === undefined && succeededIndexes === undefined) errors.required(path, 'at least one of succeededCount or succeededIndexes must be specified')
  let total: number | undefined
  if (succeededIndexes !== undefined) {
    const indexes = parseIndexes(succeededIndexes)
    if (indexes === undefined || indexes.size === 0) errors.invalid(`${path}.succeededIndexes`, succeededIndexes, 'error parsing succeededIndexes: must be numbers and ranges in ascending order, such as "0,2-5"')
    else if (([...indexes].at(-1) ?? 0) >= completions) errors.invalid(`${path}.succeededIndexes`, succeededIndexes, `error parsing succeededIndexes: too large index: "${String([...indexes].at(-1))}"`)
    else total = indexes.size
  }
  if (succeededCount === undefined) return
  errors.nonNegative(`${path}.succeededCount`, succeededCount)
  if (succeededCount > completions) errors.invalid(`${path}.succeededCount`, succeededCount, `must be less than or equal to ${String(completions)} (the number of specified completions)`)
  if (total !== undefined && succeededCount > total) errors.invalid(`${path}.succeededCount`, succeededCount, `must be less than or equal to ${String(total)} (the number of indexes in the specified succeededIndexes field)`)
}
