import type { ObjectRef } from '../../common/contract/index.ts'
import { StatusError } from '../../common/errors.ts'
import type { KubeObject } from '../../common/kube/object.ts'

/** Names an object for the screens. */
export function refOf(object: Readonly<KubeObject>): ObjectRef {
  return { apiVersion: object.apiVersion, kind: object.kind, namespace: object.metadata.namespace ?? '', name: object.metadata.name }
}

/** An RFC 3339 time as milliseconds since the epoch; 0 where there is none. */
export function time(text: string | undefined): number {
  return text === undefined ? 0 : Date.parse(text)
}

/** Throws NotFound about what a screen still names. */
export function gone(ref: ObjectRef): never {
  throw new StatusError('NotFound', `${ref.kind} "${ref.name}" is not there (any more).`, { name: ref.name, kind: ref.kind })
}
