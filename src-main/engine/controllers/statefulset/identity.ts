import type { StatefulSet } from '../../../common/kube/generated/apps-v1.ts'
import type { PersistentVolumeClaim, Pod, PodTemplateSpec, Volume } from '../../../common/kube/generated/core-v1.ts'
import { StatefulSets } from '../../../common/kube/kinds.ts'
import type { Draft, Frozen } from '../../../common/kube/object.ts'
import { controllerReference } from '../../../common/kube/owners.ts'
import { ordinalIn } from '../../../common/kube/stable-identity.ts'
import { POD_INDEX, REVISION_HASH, STATEFUL_POD_NAME } from '../../../common/kube/well-known.ts'

/** The ordinal of a pod of this set, by its name; undefined when the name is not one that the set gives. */
export function ordinalOf(set: StatefulSet, { metadata: { name } }: Pod): number | undefined {
  return ordinalIn(set.metadata.name, name)
}

/** The set's first ordinal. */
export function startOf(set: StatefulSet): number {
  return set.spec.ordinals?.start ?? 0
}

/** Shall there be a pod of this ordinal? */
export function isInRange(set: StatefulSet, ordinal: number): boolean {
  return ordinal >= startOf(set) && ordinal < startOf(set) + (set.spec.replicas ?? 1)
}

export function podNameOf(set: StatefulSet, ordinal: number): string {
  return `${set.metadata.name}-${String(ordinal)}`
}

/** Names of the claims of the pod of an ordinal, by template. */
export function claimNamesOf(set: StatefulSet, ordinal: number): string[] {
  return (set.spec.volumeClaimTemplates ?? []).map((t) => `${t.metadata.name}-${podNameOf(set, ordinal)}`)
}

/** The claims that the pod of an ordinal needs, as the set's templates say. */
export function claimsOf(set: Frozen<StatefulSet>, ordinal: number): Draft<PersistentVolumeClaim>[] {
  const names = claimNamesOf(set, ordinal)
  return (set.spec.volumeClaimTemplates ?? []).map((template, i) => {
    const { metadata, spec } = structuredClone(template)
    const { labels, annotations } = metadata
    return {
      apiVersion: 'v1', kind: 'PersistentVolumeClaim',
      metadata: { name: names[i] ?? '', namespace: set.metadata.namespace ?? '', labels: { ...labels, ...set.spec.selector.matchLabels }, ...(annotations === undefined ? {} : { annotations }) },
      spec,
    }
  })
}

/** The labels that say which pod it is. */
export function identityLabels(set: StatefulSet, ordinal: number): Record<string, string> {
  return { [STATEFUL_POD_NAME]: podNameOf(set, ordinal), [POD_INDEX]: String(ordinal) }
}

/** The pod of an ordinal, from a revision's template. */
export function podOf(set: Frozen<StatefulSet>, template: PodTemplateSpec, revision: string, ordinal: number): Draft<Pod> {
  const name = podNameOf(set, ordinal)
  const { labels, annotations, finalizers } = structuredClone(template.metadata) ?? {}
  const spec = structuredClone(template.spec) ?? { containers: [] }
  const claimed = (set.spec.volumeClaimTemplates ?? []).map(({ metadata }): Volume => ({ name: metadata.name, persistentVolumeClaim: { claimName: `${metadata.name}-${name}` } }))
  const others = (spec.volumes ?? []).filter((v) => !claimed.some((c) => c.name === v.name))
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name, namespace: set.metadata.namespace ?? '', labels: { ...labels, ...identityLabels(set, ordinal), [REVISION_HASH]: revision },
      ...(annotations === undefined ? {} : { annotations }), ...(finalizers === undefined ? {} : { finalizers }), ownerReferences: [controllerReference(StatefulSets, set)],
    },
    spec: {
      ...spec, hostname: name, ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...(claimed.length + others.length > 0 ? { volumes: [...claimed, ...others] } : {}),
    },
  }
}
