import type { Stream } from '../rpc/stream.ts'
import type { Batch, Explanation, Health, ObjectRef } from './objects.ts'

/**
 * Objects of whatever kinds the cluster serves, found at run time: what the screens show of a kind that has no page of its own.
 * Offered by clusters with the capability `resources`. Failures are StatusErrors with a sentence for people.
 */
export interface Resources {
  /** The kinds that are served, with how many objects there are of each in a namespace ('' counts all). */
  watchKinds(filter: { namespace: string }): Stream<Batch<ResourceKind>>
  /** The objects of a kind as the API prints them; in one namespace, or ('') all. Ends with NotFound for a kind that is not served. */
  watchTable(query: { of: KindRef; namespace: string }): Stream<Batch<ResourceRow>>
  /** One object with what hangs together with it; ends with NotFound when it is gone. */
  watchObject(ref: ObjectRef): Stream<ObjectView>
  /** The kinds that a manifest may be of. */
  kinds(): Promise<KindRef[]>
  /** What the kind's schema says of the fields of a place in its manifests: [] where it knows none, also for a kind that is not served. Items of lists are 0. */
  fields(of: KindRef, path: readonly (string | number)[]): Promise<ManifestField[]>
  /** By the `scale` subresource. */
  scale(ref: ObjectRef, replicas: number): Promise<void>
  /** New pods from the same template, one after the other. */
  restart(ref: ObjectRef): Promise<void>
  /** Holds a Job or a CronJob, or lets it go on. */
  suspend(ref: ObjectRef, suspended: boolean): Promise<void>
  /** Holds the rollouts of an object, or lets them go on. */
  pause(ref: ObjectRef, paused: boolean): Promise<void>
  /** Starts a Job from a CronJob, or a Job once more; gives the Job that was made. */
  runNow(ref: ObjectRef): Promise<ObjectRef>
}

/** Names a kind. */
export interface KindRef {
  apiVersion: string
  kind: string
}

/** A field of a manifest. */
export interface ManifestField {
  name: string
  /** The schema's words; ''. */
  description: string
  /** `map`: people choose the keys; `any`: the schema does not say. */
  type: 'object' | 'list' | 'map' | 'string' | 'integer' | 'number' | 'boolean' | 'any'
  isRequired: boolean
  /** All that it may hold, where the schema says so. */
  values: readonly string[]
}

export interface ResourceKind extends KindRef {
  /** `plural.group`. */
  id: string
  /** '' for the core group. */
  group: string
  plural: string
  namespaced: boolean
  shortNames: string[]
  count: number
  /** The columns of its table: a row has one cell for each. */
  columns: ResourceColumn[]
}

export interface ResourceColumn {
  name: string
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  /** Shown only on demand (`-o wide`). */
  wide: boolean
  description: string
}

export type ResourceCell = string | number | boolean | null

export interface ResourceRow {
  /** The object's uid. */
  id: string
  ref: ObjectRef
  cells: ResourceCell[]
  /** Absent where the kind has nothing that could be well or not. */
  health?: Health
  /** Milliseconds since the epoch. */
  createdAt: number
}

/** What can be done to an object besides editing and deleting it. */
export type ObjectAbility = 'scale' | 'restart' | 'suspend' | 'pause' | 'run'

export interface ObjectView {
  ref: ObjectRef
  health?: Health
  /** Its state in the kind's own word: Bound, Active, Running. */
  state?: string
  why?: Explanation
  /** What the API prints of it, but its name and age. */
  facts: { name: string; value: ResourceCell }[]
  conditions: ObjectCondition[]
  labels: Record<string, string>
  annotations: Record<string, string>
  /** Milliseconds since the epoch. */
  createdAt: number
  related: RelatedObject[]
  /** How many more there are than `related` names. */
  relatedLeft: number
  abilities: ObjectAbility[]
  /** With `scale`. */
  replicas?: number
  /** With `suspend`. */
  suspended?: boolean
  /** With `pause`. */
  paused?: boolean
}

export interface ObjectCondition {
  type: string
  status: string
  reason: string
  message: string
  /** Milliseconds since the epoch; absent where it does not say. */
  since?: number
}

/** `owner`: it belongs to that one. `owned`: goes when this one goes. `selects`: picked by its selector. `refers`: named in its spec. */
export interface RelatedObject {
  how: 'owner' | 'owned' | 'selects' | 'refers'
  ref: ObjectRef
  health?: Health
  state?: string
}
