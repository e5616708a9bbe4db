import type { Attributes } from '../authorization/attributes.ts'
import { pathMatches } from '../authorization/rules.ts'
import type { Level, Stage } from './event.ts'

/** Resources of a group that a rule is about; no resources: all of the group. */
export interface GroupResources {
  /** '' or absent: the core group. */
  readonly group?: string
  /** `pods`, `pods/log`, `pods/*` (its subresources), `*` and `*\/scale`. */
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
}

/** What is written of the requests that it matches; a field that is absent or empty matches every request. */
export interface AuditRule {
  readonly level: Level
  readonly users?: readonly string[]
  readonly userGroups?: readonly string[]
  readonly verbs?: readonly string[]
  readonly resources?: readonly GroupResources[]
  /** '': what is in no namespace. */
  readonly namespaces?: readonly string[]
  /** `/healthz*`: all that begin so. */
  readonly nonResourceURLs?: readonly string[]
  readonly omitStages?: readonly Stage[]
  readonly omitManagedFields?: boolean
  /** Only of requests that were refused (401, 403). Not in upstream's format: for the default policy. */
  readonly onlyRefused?: boolean
}

/** A Policy of audit.k8s.io/v1: the first rule that matches decides; without one nothing is written. */
export interface AuditPolicy {
  readonly rules: readonly AuditRule[]
  readonly omitStages?: readonly Stage[]
  readonly omitManagedFields?: boolean
}

/** What is to be written of one request. */
export interface AuditDecision {
  readonly level: Level
  readonly omitStages: ReadonlySet<Stage>
  readonly omitManagedFields: boolean
  readonly onlyRefused: boolean
}

const NOTHING: AuditDecision = { level: 'None', omitStages: new Set(), omitManagedFields: false, onlyRefused: false }
/** Never more than who and what of these: their bodies are secrets themselves. */
const CONFIDENTIAL: readonly (readonly [group: string, resource: string])[] = [['', 'secrets'], ['', 'serviceaccounts/token'], ['authentication.k8s.io', 'tokenreviews']]

/** What a policy says of a request. Pure. */
export function decide(policy: AuditPolicy, attributes: Attributes): AuditDecision {
  const rule = policy.rules.find((one) => matches(one, attributes))
  if (rule === undefined) return NOTHING
  return {
    level: (rule.level === 'Request' || rule.level === 'RequestResponse') && isConfidential(attributes) ? 'Metadata' : rule.level,
    omitStages: new Set([...(policy.omitStages ?? []), ...(rule.omitStages ?? [])]),
    omitManagedFields: rule.omitManagedFields ?? policy.omitManagedFields ?? false,
    onlyRefused: rule.onlyRefused ?? false,
  }
}

function isConfidential({ resource }: Attributes): boolean {
  return CONFIDENTIAL.some(([group, name]) => resource?.group === group && resource.resource === name)
}

/** Does the rule match? As upstream's `ruleMatches`. */
function matches({ users = [], userGroups = [], verbs = [], resources = [], namespaces = [], nonResourceURLs = [] }: AuditRule, attributes: Attributes): boolean {
  const { caller, verb, path } = attributes
  if (users.length > 0 && !users.includes(caller.user)) return false
  if (userGroups.length > 0 && !caller.groups.some((group) => userGroups.includes(group))) return false
  if (verbs.length > 0 && !verbs.includes(verb)) return false
  if (namespaces.length > 0 || resources.length > 0) return matchesResource(resources, namespaces, attributes)
  if (nonResourceURLs.length > 0) return path !== undefined && nonResourceURLs.some((pattern) => pathMatches(pattern, path))
  return true
}

function matchesResource(resources: readonly GroupResources[], namespaces: readonly string[], { resource: of }: Attributes): boolean {
  if (of === undefined) return false
  if (namespaces.length > 0 && !namespaces.includes(of.namespace)) return false
  if (resources.length === 0) return true
  const [plural, subresource] = of.resource.split('/')
  const isNamed = (name: string): boolean => name === of.resource || name === '*' || name === `${plural ?? ''}/*` || (subresource !== undefined && name === `*/${subresource}`)
  return resources.some(({ group = '', resources: names = [], resourceNames = [] }) => group === of.group
    && (names.length === 0 || (names.some(isNamed) && (resourceNames.length === 0 || resourceNames.includes(of.name)))))
}
