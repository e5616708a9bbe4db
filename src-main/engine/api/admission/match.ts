import { notFound } from '../../../common/errors.ts'
import type { LabelSelector } from '../../../common/kube/generated/meta-v1.ts'
import { Namespaces } from '../../../common/kube/kinds.ts'
import { matchesSelector } from '../../../common/kube/labels.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import type { Kind, Lookup } from '../registry/kind.ts'
import type { Registry } from '../registry/registry.ts'
import { type AdmissionRequest, namespaceOf } from './request.ts'
import { type Rule, ruleMatches } from './rules.ts'
import { equivalentsOf } from './versions.ts'

/** What webhooks and policies say of which requests they are about. */
export interface Match {
  readonly rules: readonly Rule[]
  readonly exclude?: readonly Rule[]
  readonly matchPolicy: string | undefined
  readonly namespaceSelector: LabelSelector | undefined
  readonly objectSelector: LabelSelector | undefined
}

/** What matching looks things up in. */
export interface Surroundings {
  readonly registry: Registry
  readonly lookup: Pick<Lookup, 'get'>
}

/** The version of the resource in which a request is matched; undefined where it is not. NotFound where its namespace is not there. */
export function matchedKind(match: Match, request: AdmissionRequest, { registry, lookup }: Surroundings): Kind | undefined {
  const equivalent = match.matchPolicy !== 'Exact'
  if (match.exclude !== undefined && byRules(match.exclude, request, equivalent, registry) !== undefined) return undefined
  const kind = byRules(match.rules, request, equivalent, registry)
  if (kind === undefined || !namespaceMatches(match.namespaceSelector, request, lookup)) return undefined
  return objectMatches(match.objectSelector, request) ? kind : undefined
}

function byRules(rules: readonly Rule[], request: AdmissionRequest, equivalent: boolean, registry: Registry): Kind | undefined {
  if (rules.length === 0) return undefined
  const { operation, subresource, name } = request
  const kind = request.write.asked ?? request.kind
  const fits = ({ resource: { group, version, plural } }: Kind): boolean => {
    const place = { operation, group, version, resource: plural, subresource, namespace: namespaceOf(request), name }
    return rules.some((rule) => ruleMatches(rule, place))
  }
  if (fits(kind)) return kind
  return equivalent ? equivalentsOf(registry, kind).find(fits) : undefined
}

/** What is in no namespace matches any selector; a namespace has its own labels, as it is to be. */
function namespaceMatches(selector: LabelSelector | undefined, request: AdmissionRequest, lookup: Pick<Lookup, 'get'>): boolean {
  if (selector === undefined || isEmpty(selector)) return true
  const { kind: { resource: { group, plural } }, operation, subresource, object } = request
  const isNamespace = group === '' && plural === 'namespaces'
  if (isNamespace && subresource === '' && object !== undefined && operation !== 'DELETE') return matchesSelector(object.metadata.labels, selector)
  const name = namespaceOf(request)
  if (name === '') return !isNamespace
  const namespace = lookup.get(Namespaces, '', name)
  if (namespace === undefined) throw notFound('namespaces', name)
  return matchesSelector(namespace.metadata.labels, selector)
}

/** Either of what is to be and what was. */
function objectMatches(selector: LabelSelector | undefined, { object, oldObject }: AdmissionRequest): boolean {
  if (selector === undefined || isEmpty(selector)) return true
  return [object, oldObject].some((one) => one !== undefined && matchesSelector(metadataOf(one)?.labels, selector))
}

/** The options of a connection have none. */
function metadataOf(object: Readonly<KubeObject>): KubeObject['metadata'] | undefined {
  return object.metadata as KubeObject['metadata'] | undefined
}

function isEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return matchExpressions.length === 0 && Object.keys(matchLabels).length === 0
}
