import { randomInt, randomUUID } from 'node:crypto'
import type { Clock } from '../../../common/clock.ts'
import { StatusError } from '../../../common/errors.ts'
import { type Frozen, type KubeObject, deepFreeze } from '../../../common/kube/object.ts'
import { type Resource, apiVersionOf, groupResourceOf } from '../../../common/kube/resource.ts'
import { SAFE_LETTERS } from '../../../common/kube/well-known.ts'
import { type Author, type Entry, type Store, ConflictError, RevisionGoneError } from '../../store/store.ts'
import type { AdmissionChain } from '../admission/chain.ts'
import type { QuotaLedger } from '../admission/quota.ts'
import type { ServiceAccountTokens } from '../authentication/service-account-tokens.ts'
import type { Kind, Lookup } from '../registry/kind.ts'
import type { Registry } from '../registry/registry.ts'
import type { Schemas } from '../schema.ts'
import { keyOfObject, prefixOf } from './keys.ts'

/** Who asks. `groups` are Kubernetes groups (`system:masters`). */
export interface Caller {
  readonly user: string
  readonly groups: readonly string[]
  readonly uid?: string
  /** What more is known of them: `authentication.kubernetes.io/pod-name`. */
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** How a write is to be done. */
export interface WriteOptions {
  readonly caller: Caller
  /** Everything but the write itself. */
  readonly dryRun?: boolean
  /** Names the client's program (`kubectl-edit`) in the journal, and in the record of who owns which field; there, without it, the user is named. */
  readonly fieldManager?: string
  /** The body is what server-side apply made, with its record of who owns which field. */
  readonly isApply?: boolean
  /** Through which subresource it is written, where that is none of the status: `scale`. */
  readonly subresource?: string
  /** false: the server's own doing, which leaves the record of who owns which field as it is. */
  readonly isRecorded?: boolean
  /** It is part of another write, about which webhooks and policies have been asked. */
  readonly isAdmitted?: boolean
  /** The version that was asked for, where it is another one than the stored: webhooks may be about it. */
  readonly asked?: Kind
  /** Tells the client of something that is no error. */
  warn?(message: string): void
  /** Adds to the request's audit events. */
  annotate?(key: string, value: string): void
}

/** Who writes without saying what they are. */
export const UNKNOWN_MANAGER = 'unknown'

/** Where names and UIDs come from; tests bring their own. */
export interface Identifiers {
  uid(): string
  /** Five characters for generateName. */
  suffix(): string
}

/** What every verb needs. */
export interface Core {
  readonly store: Store
  readonly registry: Registry
  readonly schemas: Schemas
  readonly clock: Clock
  readonly identifiers: Identifiers
  readonly quotas: QuotaLedger
  readonly admission: AdmissionChain
  readonly tokens: ServiceAccountTokens
}

/** Random UIDs and suffixes. */
export const randomIdentifiers: Identifiers = {
  uid: () => randomUUID(),
  suffix: () => Array.from({ length: 5 }, () => SAFE_LETTERS[randomInt(SAFE_LETTERS.length)] ?? 'x').join(''),
}

const views = new WeakMap<object, KubeObject>()

/** The object of a store entry, with its resourceVersion: frozen, and the same one for all readers. */
export function objectOf(entry: Entry): KubeObject {
  const cached = views.get(entry.value)
  const resourceVersion = String(entry.revision)
  if (cached?.metadata.resourceVersion === resourceVersion) return cached
  const value = entry.value as unknown as KubeObject
  const object = Object.freeze({ ...value, metadata: Object.freeze({ ...value.metadata, resourceVersion }) })
  views.set(entry.value, object)
  return object
}

/** The object of a store entry as its kind shows it; as it is stored, where only a webhook could convert it: see `converted`. */
export function viewOf(kind: Kind, entry: Entry): KubeObject {
  const stored = objectOf(entry)
  return kind.coding?.view(stored) ?? stored
}

/** Objects that `viewOf` gave, each in the version that was asked for. */
export async function converted(kind: Kind, objects: readonly KubeObject[]): Promise<readonly KubeObject[]> {
  return isConverted(kind, objects) ? objects : (kind.coding?.decode(objects) ?? objects)
}

/** Are all of them in the version that was asked for? */
export function isConverted({ coding, resource }: Kind, objects: readonly KubeObject[]): boolean {
  return coding === undefined || objects.every(({ apiVersion }) => apiVersion === apiVersionOf(resource))
}

/** What is stored of an object: everything but its resourceVersion, which is the entry's revision. Freezes the object. */
export function valueOf(object: KubeObject): Readonly<Record<string, unknown>> {
  const { resourceVersion: _dropped, ...metadata } = object.metadata
  return deepFreeze({ ...object, metadata } as unknown as Record<string, unknown>)
}

/** An object, frozen, with the revision that it was written at. */
export function atRevision(object: KubeObject, revision: number): KubeObject {
  return deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } })
}

/** Looks objects up for admission. */
export function lookupOf(core: Pick<Core, 'store' | 'clock'>): Lookup {
  return {
    get<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string): Frozen<T> | undefined {
      const entry = core.store.get(keyOfObject(resource, namespace, name))
      return entry === undefined ? undefined : (objectOf(entry) as Frozen<T>)
    },
    list<T extends KubeObject>(resource: Resource<T>, namespace: string): Frozen<T>[] {
      return core.store.list(prefixOf(resource, namespace)).entries.map((entry) => objectOf(entry) as Frozen<T>)
    },
    now: () => core.clock.now(),
  }
}

/** The journal's author of a write. */
export function authorOf(options: WriteOptions, verb: string): Author {
  return { user: options.caller.user, action: options.fieldManager === undefined || options.fieldManager === UNKNOWN_MANAGER ? verb : `${verb} (${options.fieldManager})` }
}

/** Store errors as the API words them. */
export function toApiError(error: unknown, resource: Resource, name: string): unknown {
  if (error instanceof RevisionGoneError) return new StatusError('Expired', 'The resourceVersion is too old; list again to get a current one.')
  if (error instanceof ConflictError) {
    return new StatusError('Conflict', `Operation cannot be fulfilled on ${groupResourceOf(resource)} "${name}": the object has been modified; please apply your changes to the latest version and try again`, { name, group: resource.group, kind: resource.plural })
  }
  return error
}
