import type { KubeObject } from '../../../common/kube/object.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { Kind } from '../registry/kind.ts'
import type { WriteOptions } from '../rest/core.ts'

/** What is done to an object, in the words of rules. */
export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

/** A write (or a connection) on its way, as webhooks and policies are asked about it. */
export interface AdmissionRequest {
  readonly operation: Operation
  /** Whose resource it is about, in the version that the objects are in. */
  readonly kind: Kind
  /** '' for the object itself. */
  readonly subresource: string
  /** What the object is, where it is not of the resource's kind: a Scale, a Binding. */
  readonly objectKind?: Pick<Resource, 'group' | 'version' | 'kind'>
  /** '' for what is in none. */
  readonly namespace: string
  readonly name: string
  /** What is to be; undefined at a delete. */
  readonly object: KubeObject | undefined
  /** What was, frozen; undefined at a creation or connection. */
  readonly oldObject: Readonly<KubeObject> | undefined
  /** CreateOptions and the like, as upstream sends them along; undefined at a connection. */
  readonly options: object | undefined
  readonly write: WriteOptions
}

/** A namespace is inside itself, once it is there. */
export function namespaceOf({ kind: { resource: { group, plural } }, operation, namespace, name }: AdmissionRequest): string {
  return group === '' && plural === 'namespaces' && operation !== 'CREATE' ? name : namespace
}

/** `CreateOptions` and its like, of how a write is done. */
export function operationOptions(kind: 'CreateOptions' | 'UpdateOptions', { dryRun, fieldManager }: WriteOptions): object {
  return { kind, apiVersion: 'meta.k8s.io/v1', ...(dryRun === true ? { dryRun: ['All'] } : {}), ...(fieldManager === undefined ? {} : { fieldManager }) }
}
