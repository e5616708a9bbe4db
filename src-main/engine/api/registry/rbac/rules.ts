import type { PolicyRule } from '../../../../common/kube/generated/rbac-authorization-v1.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'

/** Checks the rules of a role. Paths that are no resources can only be allowed for the whole cluster. */
export function validateRules(rules: readonly PolicyRule[] | undefined, inCluster: boolean, errors: FieldErrors): void {
  for (const [i, rule] of (rules ?? []).entries()) validateRule(rule, `rules[${String(i)}]`, inCluster, errors)
}

function validateRule({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: Partial<PolicyRule>, field: string, inCluster: boolean, errors: FieldErrors): void {
  if (verbs === undefined || verbs.length === 0) errors.required(`${field}.verbs`, 'verbs must contain at least one value')
  if (nonResourceURLs.length > 0) {
    if (!inCluster) errors.invalid(`${field}.nonResourceURLs`, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs')
    if (apiGroups.length > 0 || resources.length > 0 || resourceNames.length > 0) errors.invalid(`${field}.nonResourceURLs`, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs')
    return
  }
  if (apiGroups.length === 0) errors.required(`${field}.apiGroups`, 'resource rules must supply at least one api group')
  if (resources.length === 0) errors.required(`${field}.resources`, 'resource rules must supply at least one resource')
}
