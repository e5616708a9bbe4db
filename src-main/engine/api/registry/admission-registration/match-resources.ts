import type { MatchResources } from '../../../../common/kube/generated/admissionregistration-v1.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { validateSelector } from '../../validation/metadata.ts'
import { defaultRules, validateRule } from './rules.ts'

/** Fills in what a policy matches. */
export function defaultMatch(match: MatchResources | undefined): void {
  if (match === undefined) return
  match.matchPolicy ??= 'Equivalent'
  match.namespaceSelector ??= {}
  match.objectSelector ??= {}
  defaultRules(match.resourceRules)
  defaultRules(match.excludeResourceRules)
}

/** Checks what a policy matches. */
export function validateMatch(match: MatchResources, path: string, errors: FieldErrors): void {
  errors.oneOf(`${path}.matchPolicy`, match.matchPolicy, ['Equivalent', 'Exact'])
  validateSelector(match.namespaceSelector, `${path}.namespaceSelector`, errors, false)
  validateSelector(match.objectSelector, `${path}.objectSelector`, errors, false)
  for (const field of ['resourceRules', 'excludeResourceRules'] as const) {
    match[field]?.forEach((rule, i) => {
      const at = `${path}.${field}[${String(i)}]`
      validateRule(rule, at, errors)
      const names = rule.resourceNames ?? []
      names.forEach((name, j) => {
        if (name === '') errors.invalid(`${at}.resourceNames[${String(j)}]`, name, 'resource name is not valid: it is empty')
        if (names.indexOf(name) !== j) errors.duplicate(`${at}.resourceNames[${String(j)}]`, name)
      })
    })
  }
}
