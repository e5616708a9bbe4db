import type { PolicyRule } from '../../../common/kube/generated/rbac-authorization-v1.ts'
import type { Attributes } from './attributes.ts'

const ALL = '*'

/** Does the rule allow it? As upstream's `rbac.RuleAllows`. */
export function ruleAllows(rule: Readonly<PolicyRule>, { verb, resource, path }: Omit<Attributes, 'caller'>): boolean {
  if (!has(rule.verbs, verb)) return false
  if (resource === undefined) return (rule.nonResourceURLs ?? []).some((pattern) => pathMatches(pattern, path ?? ''))
  return has(rule.apiGroups, resource.group) && resourceMatches(rule.resources, resource.resource) && nameMatches(rule.resourceNames, resource.name)
}

/** What of `wanted` the `owned` rules do not allow: rules of one verb and one thing each. Empty: all of it. As upstream's `validation.Covers`. */
export function notCovered(owned: readonly Readonly<PolicyRule>[], wanted: readonly Readonly<PolicyRule>[]): PolicyRule[] {
  return wanted.flatMap(inParts).filter((part) => !owned.some((rule) => covers(rule, part)))
}

/** A rule in parts that are each about one verb and one thing. */
function inParts({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: Readonly<PolicyRule>): PolicyRule[] {
  const names: (string | undefined)[] = resourceNames.length === 0 ? [undefined] : [...resourceNames]
  return verbs.flatMap((verb) => [
    ...apiGroups.flatMap((group) => resources.flatMap((resource) => names.map((name): PolicyRule => ({
      verbs: [verb], apiGroups: [group], resources: [resource], ...(name === undefined ? {} : { resourceNames: [name] }),
    })))),
    ...nonResourceURLs.map((url): PolicyRule => ({ verbs: [verb], nonResourceURLs: [url] })),
  ])
}

function covers(owned: Readonly<PolicyRule>, { verbs: [verb = ''], apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): boolean {
  if (!has(owned.verbs, verb)) return false
  if (nonResourceURLs !== undefined) return nonResourceURLs.every((url) => (owned.nonResourceURLs ?? []).some((pattern) => pathMatches(pattern, url)))
  const [group = '', resource = ''] = [apiGroups?.[0], resources?.[0]]
  // All names are more than some.
  const names = resourceNames === undefined ? (owned.resourceNames ?? []).length === 0 : nameMatches(owned.resourceNames, resourceNames[0] ?? '')
  return has(owned.apiGroups, group) && resourceMatches(owned.resources, resource) && names
}

function has(list: readonly string[] | undefined, one: string): boolean {
  return list?.includes(ALL) === true || list?.includes(one) === true
}

/** `*` is every resource with every subresource, `*\/scale` one subresource of all. */
function resourceMatches(list: readonly string[] | undefined, resource: string): boolean {
  const [, subresource] = resource.split('/')
  return has(list, resource) || (subresource !== undefined && list?.includes(`${ALL}/${subresource}`) === true)
}

function nameMatches(names: readonly string[] | undefined, name: string): boolean {
  return names === undefined || names.length === 0 || names.includes(name)
}

/** `/healthz/*` is all that begins so. */
export function pathMatches(pattern: string, path: string): boolean {
  return pattern === ALL || pattern === path || (pattern.endsWith(ALL) && path.startsWith(pattern.slice(0, -1)))
}
