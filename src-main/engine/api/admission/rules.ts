import type { Operation } from './request.ts'

/** What a rule says of itself. */
export interface Rule {
  readonly operations?: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly apiVersions?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly scope?: string
}

/** What a rule is asked about. */
export interface Place {
  readonly operation: Operation
  readonly group: string
  readonly version: string
  /** In plural. */
  readonly resource: string
  readonly subresource: string
  /** '' for what is in none; a namespace's own name for itself. */
  readonly namespace: string
  readonly name: string
}

/** Is the rule about this? A star stands for all; a resource without a slash only for itself, not for what hangs below it. */
export function ruleMatches({ operations, apiGroups, apiVersions, resources, resourceNames = [], scope }: Rule, place: Place): boolean {
  return includes(operations, place.operation) && includes(apiGroups, place.group) && includes(apiVersions, place.version)
    && (resources ?? []).some((text) => resourceMatches(text, place)) && (resourceNames.length === 0 || resourceNames.includes(place.name)) && scopeMatches(scope, place)
}

function includes(values: readonly string[] | undefined, value: string): boolean {
  return values?.some((one) => one === '*' || one === value) === true
}

function resourceMatches(text: string, { resource, subresource }: Place): boolean {
  const slash = text.indexOf('/')
  const [wanted, sub] = slash < 0 ? [text, ''] : [text.slice(0, slash), text.slice(slash + 1)]
  return (wanted === '*' || wanted === resource) && (sub === '*' || sub === subresource)
}

function scopeMatches(scope: string | undefined, { group, resource, namespace }: Place): boolean {
  const isNamespaced = namespace !== '' && !(group === '' && resource === 'namespaces')
  switch (scope) {
    case 'Namespaced': return isNamespaced
    case 'Cluster': return !isNamespaced
    default: return true
  }
}
