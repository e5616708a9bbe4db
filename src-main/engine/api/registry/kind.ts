import type { KubeObject } from '../../../common/kube/object.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { ServiceAccountTokens } from '../authentication/service-account-tokens.ts'
import type { Schema } from '../openapi/definitions.ts'
import type { Caller } from '../rest/core.ts'
import type { CheckedBody, SchemaNode } from '../schema.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import type { NameCheck } from '../validation/names.ts'

/** What a printed table's cell holds. */
export type Cell = string | number | boolean | null

/** One column of `kubectl get`. Priority 0 is always shown, 1 only with `-o wide`. */
export interface Column<T extends KubeObject = KubeObject> {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly format?: 'name'
  readonly priority?: 0 | 1
  readonly description?: string
  /** `now`: milliseconds since the epoch, for ages. */
  cell(object: T, now: number): Cell
}

/** Reads and writes of a kind's `scale` subresource. */
export interface ScaleFields<T extends KubeObject = KubeObject> {
  /** The steps to the replicas; absent: `spec.replicas`. */
  readonly path?: readonly string[]
  /** `spec.replicas`. */
  replicas(object: T): number
  setReplicas(object: T, replicas: number): void
  /** `status.replicas`. */
  observed(object: T): number
  /** The selector of the counted pods, as a string. */
  selector(object: T): string
}

/** Another version in which a kind is served. Its objects are made of the stored ones and become such; neither may change what it is given. */
export interface OtherVersion {
  readonly resource: Resource
  toStored(object: Readonly<KubeObject>): KubeObject
  fromStored(object: Readonly<KubeObject>): KubeObject
  /** What this version calls the fields of field selectors, and what the stored one calls them; absent: the same. */
  readonly fieldLabels?: Readonly<Record<string, string>>
  /** What an object created in this version must have beyond what the stored one asks for. */
  validateCreate?(object: Readonly<KubeObject>, errors: FieldErrors): void
}

/** What is known of the objects of a kind that came at run time; of the others the published definitions say it. */
export interface KindSchema {
  /** As server-side apply walks it. */
  readonly node: SchemaNode
  /** Reads a body: what the kind does not know is left out and named. */
  check(body: Record<string, unknown>): CheckedBody
  /** The kind's definitions and its list's, by name, as OpenAPI 2 or 3 shows them. */
  definitions(version: 2 | 3): Readonly<Record<string, Schema>>
}

/** How the stored objects of a kind become objects of the version that is asked for, and back, where the store may hold another one. */
export interface Coding {
  /** Does a webhook convert between the versions? */
  readonly byWebhook: boolean
  /** A stored object (frozen) in this version (frozen); undefined where only `decode` can tell. The same one each time. */
  view(stored: Readonly<KubeObject>): KubeObject | undefined
  /** Stored objects, whatever their versions, in this one. */
  decode(stored: readonly KubeObject[]): Promise<KubeObject[]>
  /** An object in the version that is stored. */
  encode(object: KubeObject): KubeObject | Promise<KubeObject>
}

/** What a kind may look up while it admits an object. */
export interface Lookup {
  get<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string): Readonly<T> | undefined
  /** All of one kind in a namespace; '' for all namespaces, or a kind without. */
  list<T extends KubeObject>(resource: Resource<T>, namespace: string): Readonly<T>[]
  /** Milliseconds since the epoch. */
  now(): number
}

/** The kinds that are served, found by the name in URLs or the one in objects. */
export interface Kinds {
  find(resource: Pick<Resource, 'group' | 'version' | 'plural'>): Kind | undefined
  findKind(kind: Pick<Resource, 'group' | 'version' | 'kind'>): Kind | undefined
}

/** The subresources that write the status, or a part of it. */
export type StatusPart = 'status' | 'approval'

/** What a kind asks of a write of its status. */
export interface StatusWrite<T extends KubeObject = KubeObject> {
  /** Completes the new status, and puts back what this subresource may not write. `now`: milliseconds since the epoch. */
  prepare?(object: T, old: Readonly<T>, now: number): void
  validate?(object: T, old: Readonly<T>, errors: FieldErrors): void
  /** Throws a StatusError where this caller may not write that. */
  admit?(object: Readonly<T>, old: Readonly<T>, caller: Caller, lookup: Lookup): void
}

/** Another object, made along with one that is created. */
export interface Companion {
  readonly resource: Resource
  readonly namespace: string
  readonly name: string
}

/** Something that was taken for an object (an IP, a port). */
export interface Reservation {
  /** The object was written: frees what the old one held and the new one does not. */
  keep(): void
  /** The object was not written: gives everything new back. */
  undo(): void
}

/**
 * Everything that is particular to one kind; the rest (metadata, conflicts, patches, watches) is the same for all.
 * Objects given to the functions are the request's own and may be changed, save `old`, which is frozen.
 */
export interface Kind<T extends KubeObject = KubeObject> {
  readonly resource: Resource<T>
  readonly shortNames?: readonly string[]
  /** Stored, checked and watched like all, but nothing here acts on it. */
  readonly dataOnly?: boolean
  /** What a client is warned of whenever it asks for the kind. */
  readonly deprecated?: string
  readonly categories?: readonly string[]
  /** What a name must be; default: an RFC 1123 subdomain. */
  readonly nameCheck?: NameCheck
  /** `status` is written only through the subresource, and the main resource cannot write it. */
  readonly hasStatus?: boolean
  /** Whoever creates it may say its status at once, as a kubelet does of its node. */
  readonly createdWithStatus?: boolean
  /** Counts changes of the desired state in `metadata.generation`. */
  readonly hasGeneration?: boolean
  readonly scale?: ScaleFields<T>
  /** Other subresources, for discovery: `binding`, `log`. */
  readonly subresources?: readonly Subresource[]
  /** Fills in what the client left out. Runs at every write, must be idempotent. */
  defaults?(object: T): void
  /** At creation, after the defaults: clears what a client may not set, admits (throws a StatusError) or completes from other objects. */
  prepareForCreate?(object: T, lookup: Lookup, caller: Caller, kinds: Kinds): void
  /** What is made with the object, in the same commit, so that nobody ever finds the one without the other. */
  companions?(object: Readonly<T>): readonly Companion[]
  /** At an update of the main resource, before validation: may admit as at creation. */
  prepareForUpdate?(object: T, old: Readonly<T>, lookup: Lookup, kinds: Kinds): void
  /** At an update through `status`, before validation. */
  prepareForStatusUpdate?(object: T, old: Readonly<T>): void
  /** What more is to be asked at writes of the status, by the subresource that writes it. */
  readonly statusWrites?: Readonly<Partial<Record<StatusPart, StatusWrite<T>>>>
  validate?(object: T, errors: FieldErrors): void
  /** As `validate`, where what an object may be depends on what it was; `old` is undefined at creation. */
  validateChange?(object: T, old: Readonly<T> | undefined, errors: FieldErrors): void
  validateUpdate?(object: T, old: Readonly<T>, errors: FieldErrors): void
  /** Takes what the object needs (`old` is undefined at creation; both are set at an update). May add errors. */
  reserve?(object: T, old: Readonly<T> | undefined, errors: FieldErrors): Reservation
  /** Throws a StatusError where this caller may not write such an object, whatever their roles say of the kind. `old` is undefined at creation. */
  admit?(object: Readonly<T>, old: Readonly<T> | undefined, caller: Caller, lookup: Lookup): void
  /** The object is gone: frees what it held. */
  release?(old: Readonly<T>): void
  /** A delete that names no propagation policy leaves what the object owns: upstream's rule for its oldest kinds. kubectl always names one. */
  readonly orphansByDefault?: boolean
  /** Throws a StatusError where this object may not be deleted. */
  beforeDelete?(object: Readonly<T>): void
  /** At the first graceful delete of an object: marks it (a namespace's phase). */
  markDeleted?(object: T): void
  /** Seconds between a delete and the object's end, which its node confirms by a delete with 0; default 0. `requested` comes from the caller. */
  gracePeriod?(object: Readonly<T>, requested: number | undefined): number
  /** Other things than metadata.finalizers that hold a deleted object (a namespace's spec.finalizers). */
  isHeld?(object: Readonly<T>): boolean
  /** Also checks what is written through `status`, as the rest. Of built-in kinds, nothing is. */
  readonly validatesStatus?: boolean
  /** Throws a StatusError where none may be created at the moment. */
  refuseCreate?(): void
  /** In place of the kind in lower case. */
  readonly singular?: string
  /** In place of the kind with `List` behind it. */
  readonly listKind?: string
  /** Set on kinds that came at run time, by a CustomResourceDefinition. */
  readonly schema?: KindSchema
  readonly coding?: Coding
  /** Another version of a kind that is in the registry too; both read and write the same objects. */
  readonly isOtherVersion?: boolean
  /** Fields for field selectors besides metadata.name and metadata.namespace. */
  readonly selectableFields?: readonly string[]
  selectableField?(object: Readonly<T>, field: string): string
  readonly columns: readonly Column<T>[]
  /** More versions than its own, which is the one that is stored and preferred. */
  readonly otherVersions?: readonly OtherVersion[]
  /** Set on a kind that is another version of a stored one: the registry makes it. */
  readonly versionOf?: { readonly kind: Kind; readonly version: OtherVersion }
  /** Served and stored nowhere: what there is at this moment, in one namespace or ('') in all. Can be read, not watched. */
  readonly live?: (namespace: string) => readonly T[]
  /** Not stored either: a question that is asked by creating it, and its answer. */
  readonly answer?: (question: T, about: Asking) => KubeObject | Promise<KubeObject>
}

/** Who asks a question, where, and what may be asked or done for its answer. */
export interface Asking {
  readonly caller: Caller
  readonly namespace: string
  readonly lookup: Lookup
  readonly tokens: ServiceAccountTokens
  /** Binds a pod of the namespace to the node that a Binding names. */
  bind(pod: string, binding: unknown): Promise<void>
}

/** A subresource as discovery lists it. */
export interface Subresource {
  readonly name: string
  readonly kind: string
  readonly group?: string
  readonly version?: string
  readonly verbs: readonly string[]
}

/** The subresource by which requests of any method reach what the object stands for. */
export function proxySubresource(kind: string): Subresource {
  return { name: 'proxy', kind, verbs: ['create', 'delete', 'get', 'patch', 'update'] }
}

/** Types a kind's parts, and then forgets the type so that kinds fit in one list. */
export function defineKind<T extends KubeObject>(kind: Kind<T>): Kind {
  return kind as unknown as Kind
}

/** `deployment`. */
export function singularOf(kind: Kind): string {
  return kind.singular ?? kind.resource.kind.toLowerCase()
}

/** `DeploymentList`. */
export function listKindOf(kind: Kind): string {
  return kind.listKind ?? `${kind.resource.kind}List`
}
