import { isConditionTrue } from './conditions.ts'
import type { CustomResourceDefinition } from './generated/apiextensions-v1.ts'
import type { Resource } from './resource.ts'

/** Holds a deleted definition until its objects are gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io'
/** The reason of the condition Established where Toque has the kind itself: the definition is kept as data, and its objects are not its own. */
export const BUILT_IN = 'BuiltIn'

/** Are objects of this definition served? */
export function isEstablished({ status }: Readonly<CustomResourceDefinition>): boolean {
  return isConditionTrue(status?.conditions, 'Established')
}

/** Does a definition only repeat a kind that is built in? */
export function isOfBuiltIn({ status }: Readonly<CustomResourceDefinition>): boolean {
  return status?.conditions?.some(({ type, reason }) => type === 'Established' && reason === BUILT_IN) === true
}

/**
 * The version in which all of a kind's objects are best read: the first that is served, as `byVersion` orders them; where a webhook converts, the stored one if it is
 * served, because nothing that keeps the cluster going may wait for a webhook that may run in it.
 */
export function mainVersion({ versions, conversion }: Readonly<CustomResourceDefinition>['spec']): string | undefined {
  const served = versions.filter((version) => version.served)
  const stored = conversion?.strategy === 'Webhook' ? served.find(({ storage }) => storage) : undefined
  return stored?.name ?? served.map(({ name }) => name).sort(byVersion)[0]
}

/** The resource whose objects a definition has, in its main version; undefined while none is served. */
export function resourceOfDefinition(definition: Readonly<CustomResourceDefinition>): Resource | undefined {
  const { group, names: { plural, kind }, scope } = definition.spec
  const version = mainVersion(definition.spec)
  if (version === undefined || !isEstablished(definition) || isOfBuiltIn(definition)) return undefined
  return { group, version, kind, plural, namespaced: scope === 'Namespaced' }
}

const FORM = /^v(\d+)(?:(alpha|beta)(\d+))?$/

/** Orders versions as Kubernetes does: v2, v1, v1beta2, v1beta1, v1alpha1, and then other names by the alphabet. */
export function byVersion(a: string, b: string): number {
  const [left, right] = [rank(a), rank(b)]
  if (left === undefined || right === undefined) return left !== undefined ? -1 : right !== undefined ? 1 : a < b ? -1 : a > b ? 1 : 0
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return (right[i] ?? 0) - (left[i] ?? 0)
  return 0
}

function rank(version: string): number[] | undefined {
  const m = FORM.exec(version)
  if (m === null) return undefined
  return [m[2] === undefined ? 2 : m[2] === 'beta' ? 1 : 0, Number(m[1]), Number(m[3] ?? 0)]
}
