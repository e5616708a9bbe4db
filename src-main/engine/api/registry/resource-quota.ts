import type { ResourceQuota } from '../../../common/kube/generated/core-v1.ts'
import { ResourceQuotas } from '../../../common/kube/kinds.ts'
import { NOT_A_QUANTITY, parseQuantity } from '../../../common/kube/quantity.ts'
import { same } from '../rest/same.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { qualifiedName } from '../validation/names.ts'
import { defineKind } from './kind.ts'

const SCOPES = ['BestEffort', 'CrossNamespacePodAffinity', 'NotBestEffort', 'NotTerminating', 'PriorityClass', 'Terminating']
const CONTRARY = [['BestEffort', 'NotBestEffort'], ['Terminating', 'NotTerminating']] as const
/** What can be counted per pod, and so limited in a scope. */
const OF_PODS = /^(pods|count\/pods|((requests|limits)\.)?(cpu|memory|ephemeral-storage)|requests\..+\/.+)$/

/** ResourceQuota: how much the objects of a namespace may use together. Admission holds them to it; a controller counts for the status. */
export const resourceQuotaKind = defineKind<ResourceQuota>({
  resource: ResourceQuotas,
  shortNames: ['quota'],
  hasStatus: true,
  defaults(quota) {
    quota.spec = (quota.spec as ResourceQuota['spec'] | undefined) ?? {}
  },
  validate: validateQuota,
  validateUpdate(quota, old, errors) {
    const scopes = (q: Readonly<ResourceQuota>): string[] => [...(q.spec.scopes ?? [])].sort()
    if (!same(scopes(quota), scopes(old))) errors.invalid('spec.scopes', quota.spec.scopes ?? [], 'field is immutable')
  },
  columns: [
    nameColumn,
    { name: 'Request', type: 'string', description: 'Request represents a minimum amount of cpu/memory that a container may consume.', cell: (o) => usedOf(o, (name) => !name.startsWith('limits.')) },
    { name: 'Limit', type: 'string', description: 'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.', cell: (o) => usedOf(o, (name) => name.startsWith('limits.')) },
    ageColumn,
  ],
})

function usedOf({ status }: ResourceQuota, shown: (name: string) => boolean): string {
  return Object.keys(status?.hard ?? {}).filter(shown).sort().map((name) => `${name}: ${status?.used?.[name] ?? '0'}/${status?.hard?.[name] ?? ''}`).join(', ')
}

function validateQuota({ spec }: ResourceQuota, errors: FieldErrors): void {
  for (const [name, text] of Object.entries(spec.hard ?? {})) {
    const at = `spec.hard[${name}]`
    const wrong = qualifiedName(name.startsWith('count/') ? name.slice('count/'.length) : name)
    if (wrong !== undefined) errors.invalid(at, name, wrong)
    const value = parseQuantity(text)
    if (value === undefined) errors.invalid(at, text, NOT_A_QUANTITY)
    else if (value < 0) errors.invalid(at, text, 'must be greater than or equal to 0')
    else if (/^(count\/.*|pods|services(\..*)?|secrets|configmaps|resourcequotas|replicationcontrollers|persistentvolumeclaims)$/.test(name) && !Number.isInteger(value)) errors.invalid(at, text, 'must be an integer')
  }
  validateScopes(spec, errors)
}

function validateScopes({ scopes = [], scopeSelector, hard = {} }: ResourceQuota['spec'], errors: FieldErrors): void {
  scopes.forEach((scope) => {
    if (!SCOPES.includes(scope)) errors.invalid('spec.scopes', scopes, 'unsupported scope')
  })
  scopeSelector?.matchExpressions?.forEach(({ scopeName, operator, values = [] }, i) => {
    const at = `spec.scopeSelector.matchExpressions[${String(i)}]`
    if (!SCOPES.includes(scopeName)) errors.invalid(`${at}.scopeName`, scopeName, 'unsupported scope')
    else if (scopeName !== 'PriorityClass' && operator !== 'Exists') errors.invalid(`${at}.operator`, operator, "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity")
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) errors.required(`${at}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")
    } else if (operator !== 'Exists' && operator !== 'DoesNotExist') errors.invalid(`${at}.operator`, operator, 'not a valid selector operator')
    else if (values.length > 0) errors.invalid(`${at}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector")
  })
  const all = new Set([...scopes, ...(scopeSelector?.matchExpressions ?? []).map((e) => e.scopeName)])
  for (const pair of CONTRARY) if (pair.every((scope) => all.has(scope))) errors.invalid('spec.scopes', scopes, 'conflicting scopes')
  if (all.size === 0) return
  for (const name of Object.keys(hard)) {
    if (!OF_PODS.test(name) || (all.has('BestEffort') && !/^(count\/)?pods$/.test(name))) errors.invalid('spec.scopes', scopes, `unsupported scope applied to resource ${name}`)
  }
}
