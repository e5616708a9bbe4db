import type { Affinity, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm, PodSpec, TopologySpreadConstraint } from '../../../../common/kube/generated/core-v1.ts'
import type { Labels } from '../../../../common/kube/labels.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { validateSelector } from '../../validation/metadata.ts'
import { qualifiedName } from '../../validation/names.ts'

/** Checks what a pod (or a template) says of where it wants to run. */
export function validateScheduling(spec: PodSpec, path: string, errors: FieldErrors): void {
  validateAffinity(spec.affinity, `${path}.affinity`, errors)
  const pairs = new Set<string>()
  spec.topologySpreadConstraints?.forEach((c, i) => {
    const at = `${path}.topologySpreadConstraints[${String(i)}]`
    validateConstraint(c, at, errors)
    const pair = `{${c.topologyKey}, ${c.whenUnsatisfiable}}`
    if (pairs.has(pair)) errors.duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, pair)
    pairs.add(pair)
  })
  const gates = new Set<string>()
  spec.schedulingGates?.forEach((gate, i) => {
    const name = (gate.name as string | undefined) ?? ''
    const at = `${path}.schedulingGates[${String(i)}]`
    errors.check(at, name, qualifiedName)
    if (gates.has(name)) errors.duplicate(at, name)
    gates.add(name)
  })
  if (gates.size > 0 && spec.nodeName) errors.forbidden(`${path}.nodeName`, 'cannot be set until all schedulingGates have been cleared')
}

/** The keys whose values the pod's own labels give become part of the selectors, once and for all: the pod may get other labels later. */
export function mergeLabelKeys(affinity: Affinity | undefined, labels: Labels | undefined): void {
  for (const kind of [affinity?.podAffinity, affinity?.podAntiAffinity]) {
    for (const term of [...(kind?.requiredDuringSchedulingIgnoredDuringExecution ?? []), ...(kind?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((w) => w.podAffinityTerm)]) {
      // Not validated yet: a preferred term may lack its own.
      const selector = (term as PodAffinityTerm | undefined)?.labelSelector
      if (selector === undefined) continue
      for (const [keys, operator] of [[term.matchLabelKeys, 'In'], [term.mismatchLabelKeys, 'NotIn']] as const) {
        const more = (keys ?? []).flatMap((key) => (labels?.[key] === undefined ? [] : [{ key, operator, values: [labels[key]] }]))
        if (more.length > 0) term.labelSelector = { ...selector, ...term.labelSelector, matchExpressions: [...(term.labelSelector?.matchExpressions ?? []), ...more] }
      }
    }
  }
}

function validateConstraint(c: TopologySpreadConstraint, at: string, errors: FieldErrors): void {
  if (c.maxSkew <= 0) errors.invalid(`${at}.maxSkew`, c.maxSkew, 'must be greater than zero')
  validateTopologyKey(c.topologyKey, `${at}.topologyKey`, errors)
  errors.oneOf(`${at}.whenUnsatisfiable`, c.whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway'])
  if (c.minDomains !== undefined) {
    if (c.minDomains <= 0) errors.invalid(`${at}.minDomains`, c.minDomains, 'must be greater than zero')
    if (c.whenUnsatisfiable !== 'DoNotSchedule') errors.invalid(`${at}.minDomains`, c.minDomains, 'can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway')
  }
  for (const policy of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
    if (c[policy] !== undefined && !['Honor', 'Ignore'].includes(c[policy])) errors.notSupported(`${at}.${policy}`, c[policy], ['Honor', 'Ignore'])
  }
  validateSelector(c.labelSelector, `${at}.labelSelector`, errors, false)
  if ((c.matchLabelKeys ?? []).length > 0 && c.labelSelector === undefined) errors.forbidden(`${at}.matchLabelKeys`, 'must not be specified when labelSelector is not set')
}

function validateAffinity(affinity: Affinity | undefined, path: string, errors: FieldErrors): void {
  const { nodeAffinity } = affinity ?? {}
  const required = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  if (required !== undefined) {
    const at = `${path}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`
    if ((required.nodeSelectorTerms?.length ?? 0) === 0) errors.required(at, 'must have at least one node selector term')
    required.nodeSelectorTerms?.forEach((term, i) => validateNodeTerm(term, `${at}[${String(i)}]`, errors))
  }
  nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ weight, preference }, i) => {
    const at = `${path}.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[${String(i)}]`
    validateWeight(weight, at, errors)
    validateNodeTerm(preference, `${at}.preference`, errors)
  })
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
    affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution?.forEach((term, i) => validatePodTerm(term, `${path}.${kind}.requiredDuringSchedulingIgnoredDuringExecution[${String(i)}]`, errors))
    affinity?.[kind]?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ weight, podAffinityTerm }, i) => {
      const at = `${path}.${kind}.preferredDuringSchedulingIgnoredDuringExecution[${String(i)}]`
      validateWeight(weight, at, errors)
      validatePodTerm(podAffinityTerm, `${at}.podAffinityTerm`, errors)
    })
  }
}

function validateWeight(weight: number, at: string, errors: FieldErrors): void {
  if (weight < 1 || weight > 100) errors.invalid(`${at}.weight`, weight, 'must be in the range 1-100')
}

function validateNodeTerm(term: NodeSelectorTerm | undefined, path: string, errors: FieldErrors): void {
  if (term === undefined) return errors.required(path)
  const { matchExpressions, matchFields } = term
  matchExpressions?.forEach((r, i) => {
    const at = `${path}.matchExpressions[${String(i)}]`
    validateOperator(r, at, errors)
    const wrong = qualifiedName((r.key as string | undefined) ?? '')
    if (wrong !== undefined) errors.invalid(`${at}.key`, r.key, wrong)
  })
  matchFields?.forEach((r, i) => {
    const at = `${path}.matchFields[${String(i)}]`
    if (r.key !== 'metadata.name') errors.invalid(`${at}.key`, r.key, 'not a valid field selector key')
    if (r.operator !== 'In' && r.operator !== 'NotIn') errors.invalid(`${at}.operator`, r.operator, 'not a valid selector operator')
    else if (r.values?.length !== 1) errors.required(`${at}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector")
  })
}

function validateOperator({ operator, values = [] }: NodeSelectorRequirement, at: string, errors: FieldErrors): void {
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) errors.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'")
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) errors.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1) errors.required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")
  } else errors.invalid(`${at}.operator`, operator, 'not a valid selector operator')
}

function validatePodTerm(term: PodAffinityTerm | undefined, at: string, errors: FieldErrors): void {
  if (term === undefined) return errors.required(at)
  validateSelector(term.labelSelector, `${at}.labelSelector`, errors, false)
  validateSelector(term.namespaceSelector, `${at}.namespaceSelector`, errors, false)
  validateTopologyKey(term.topologyKey, `${at}.topologyKey`, errors)
  for (const keys of ['matchLabelKeys', 'mismatchLabelKeys'] as const) {
    if ((term[keys] ?? []).length > 0 && term.labelSelector === undefined) errors.forbidden(`${at}.${keys}`, 'must not be specified when labelSelector is not set')
    term[keys]?.forEach((key, i) => errors.check(`${at}.${keys}[${String(i)}]`, key, qualifiedName))
  }
  term.matchLabelKeys?.forEach((key, i) => {
    if (term.mismatchLabelKeys?.includes(key) === true) errors.invalid(`${at}.matchLabelKeys[${String(i)}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys')
  })
}

function validateTopologyKey(key: string, at: string, errors: FieldErrors): void {
  if (!key) return errors.required(at, 'can not be empty')
  errors.check(at, key, qualifiedName)
}
