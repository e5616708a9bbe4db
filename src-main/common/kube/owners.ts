import type { ObjectMeta, OwnerReference } from './generated/meta-v1.ts'
import type { KubeObject } from './object.ts'
import { apiVersionOf } from './resource.ts'
import type { Resource } from './resource.ts'

/** The owner that manages the object: at most one. */
export function controllerOf(object: { metadata: ObjectMeta }): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((o) => o.controller === true)
}

/** Is `owner` the object's controller? */
export function isControlledBy(object: { metadata: ObjectMeta }, owner: { metadata: ObjectMeta }): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid
}

/** The reference that makes `owner` the controller of what carries it, and keeps a foreground deletion of `owner` waiting for it. */
export function controllerReference<T extends KubeObject>(resource: Resource<T>, owner: Readonly<T>): OwnerReference {
  const { name, uid } = owner.metadata
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, name, uid, controller: true, blockOwnerDeletion: true }
}
