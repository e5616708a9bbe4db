import type { ReferenceGrant } from '../../../../common/kube/generated/gateway-networking-v1.ts'
import type { Frozen } from '../../../../common/kube/object.ts'

/** Who refers to what: groups, kinds, namespaces; `name` of what is referred to. */
export interface Reference {
  from: { group: string; kind: string; namespace: string }
  to: { group: string; kind: string; namespace: string; name: string }
}

/** May it? Within a namespace always; across, where a ReferenceGrant in the other one says so. Pure. */
export function isGranted({ from, to }: Reference, grants: readonly Frozen<ReferenceGrant>[]): boolean {
  if (from.namespace === to.namespace) return true
  return grants.some(({ metadata, spec }) => metadata.namespace === to.namespace
    && (spec.from ?? []).some((f) => f.group === from.group && f.kind === from.kind && f.namespace === from.namespace)
    && (spec.to ?? []).some((t) => t.group === to.group && t.kind === to.kind && (t.name === undefined || t.name === '' || t.name === to.name)))
}
