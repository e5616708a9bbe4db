import type { ObjectRef, RelatedObject } from '../../common/contract/index.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import type { LabelSelector } from '../../common/kube/generated/meta-v1.ts'
import type { Frozen, KubeObject } from '../../common/kube/object.ts'
import { apiVersionOf } from '../../common/kube/resource.ts'
import type { Resource } from '../../common/kube/resource.ts'
import { refOf } from '../views/refs.ts'
import { statusOf } from '../views/status.ts'

/** Where objects are read. */
export interface RelatedFrom {
  readonly resources: readonly Resource[]
  list(resource: Resource, namespace: string): readonly Frozen<KubeObject>[]
  pods(namespace: string, by: { selector: LabelSelector } | { labels: Record<string, string> }): readonly Frozen<Pod>[]
}

/** What hangs together with an object: whom it belongs to, what goes with it, the pods that it picks, what its spec names. Each once, the first of these. */
export function relatedTo(object: Readonly<KubeObject>, from: RelatedFrom): RelatedObject[] {
  const { uid, namespace = '' } = object.metadata
  const found = new Map<string, RelatedObject>()
  const add = (how: RelatedObject['how'], ref: ObjectRef, other?: Readonly<KubeObject>): void => {
    const key = `${ref.apiVersion}/${ref.kind}/${ref.namespace}/${ref.name}`
    if (found.has(key)) return
    const { health, state } = other === undefined ? {} : statusOf(other)
    found.set(key, { how, ref, ...(health === undefined ? {} : { health }), ...(state === undefined ? {} : { state }) })
  }
  const refTo = (apiVersion: string, kind: string, name: string, inNamespace = namespace): ObjectRef | undefined => {
    const resource = from.resources.find((r) => r.kind === kind && apiVersionOf(r) === apiVersion)
    return resource === undefined ? undefined : { apiVersion, kind, namespace: resource.namespaced ? inNamespace : '', name }
  }
  for (const owner of object.metadata.ownerReferences ?? []) add('owner', refTo(owner.apiVersion, owner.kind, owner.name) ?? { apiVersion: owner.apiVersion, kind: owner.kind, namespace, name: owner.name })
  for (const resource of from.resources) {
    // What has no namespace cannot belong to something in one.
    if (resource.kind === 'Event' || (namespace !== '' && !resource.namespaced)) continue
    for (const other of from.list(resource, namespace)) {
      if (other.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true) add('owned', refOf(other), other)
    }
  }
  const by = selectorOf(object)
  for (const pod of by === undefined || namespace === '' ? [] : from.pods(namespace, by)) add('selects', refOf(pod), pod)
  for (const { apiVersion, kind, name, namespace: where } of namedIn(object)) {
    const ref = refTo(apiVersion, kind, name, where)
    if (ref !== undefined) add('refers', ref)
  }
  return [...found.values()]
}

/** The pods that an object picks. A Service's selector is a plain map, and an empty one picks none. */
export function selectorOf(object: Readonly<KubeObject>): { selector: LabelSelector } | { labels: Record<string, string> } | undefined {
  const spec = (object as { spec?: { selector?: unknown; podSelector?: unknown } }).spec
  const selector = spec?.podSelector ?? spec?.selector
  if (typeof selector !== 'object' || selector === null || !['Service', 'ReplicationController', 'Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'PodDisruptionBudget', 'NetworkPolicy'].includes(object.kind)) return undefined
  if (object.kind !== 'Service' && object.kind !== 'ReplicationController') return { selector }
  return Object.keys(selector).length === 0 ? undefined : { labels: selector as Record<string, string> }
}

interface Named {
  apiVersion: string
  kind: string
  name: string
  namespace?: string
}

/** Objects that a spec names, for the kinds that are about another object. */
function namedIn(object: Readonly<KubeObject>): Named[] {
  const spec = (object as { spec?: Record<string, unknown> }).spec ?? {}
  const named: Named[] = []
  const add = (value: unknown, kind?: string, apiVersion = 'v1'): void => {
    if (typeof value === 'string' && value !== '' && kind !== undefined) named.push({ apiVersion, kind, name: value })
    const ref = value as Partial<Named> | undefined
    if (typeof ref === 'object' && typeof ref.name === 'string' && typeof ref.kind === 'string') named.push({ apiVersion: ref.apiVersion ?? apiVersion, kind: ref.kind, name: ref.name, ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }) })
  }
  switch (object.kind) {
    case 'HorizontalPodAutoscaler': add(spec['scaleTargetRef']); break
    case 'PersistentVolume': add(spec['claimRef']); add(spec['storageClassName'], 'StorageClass', 'storage.k8s.io/v1'); break
    case 'PersistentVolumeClaim': add(spec['volumeName'], 'PersistentVolume'); add(spec['storageClassName'], 'StorageClass', 'storage.k8s.io/v1'); break
    case 'StatefulSet': add(spec['serviceName'], 'Service'); break
    case 'Pod': add(spec['nodeName'], 'Node'); break
  }
  return named
}
