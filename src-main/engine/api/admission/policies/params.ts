import type { ParamKind, ParamRef } from '../../../../common/kube/generated/admissionregistration-v1.ts'
import { matchesSelector } from '../../../../common/kube/labels.ts'
import type { KubeObject } from '../../../../common/kube/object.ts'
import { groupVersionOf } from '../../../../common/kube/resource.ts'
import type { Kind, Lookup } from '../../registry/kind.ts'
import type { Registry } from '../../registry/registry.ts'
import { asAsked } from '../../registry/versions.ts'

/** What parameters are looked up in. */
export interface ParamSource {
  readonly registry: Registry
  readonly lookup: Pick<Lookup, 'get' | 'list'>
}

/**
 * The parameters that a binding gives its policy for a request in `namespace` ('': in none): one evaluation each. [undefined] where there are none to give,
 * [] where there might be and are not. Throws an Error, in upstream's words, where they cannot be found.
 */
export async function paramsOf(paramKind: ParamKind | undefined, ref: ParamRef | undefined, namespace: string, { registry, lookup }: ParamSource): Promise<(Readonly<KubeObject> | undefined)[]> {
  if (paramKind === undefined || ref === undefined) return [undefined]
  const kind = kindOf(paramKind, registry)
  const { namespaced } = kind.resource
  if (!namespaced && ref.namespace) throw new Error('paramRef.namespace must not be provided for a cluster-scoped `paramKind`')
  const where = namespaced ? ref.namespace || namespace : ''
  if (namespaced && where === '') throw new Error('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources')
  const found = ref.name ? [lookup.get(kind.resource, where, ref.name)].filter((one) => one !== undefined)
    : lookup.list(kind.resource, where).filter(({ metadata }) => matchesSelector(metadata.labels, ref.selector))
  if (found.length === 0 && ref.parameterNotFoundAction === 'Deny') throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction')
  return kind.coding === undefined ? found.map((object) => asAsked(kind, object)) : kind.coding.decode(found)
}

function kindOf({ apiVersion = '', kind = '' }: ParamKind, registry: Registry): Kind {
  const found = registry.findKind({ ...groupVersionOf(apiVersion), kind })
  if (found === undefined) throw new Error(`failed to find resource referenced by paramKind: '${apiVersion}, Kind=${kind}'`)
  return found
}
