import { StatusError } from '../../../common/errors.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { type Change, type Entry, RevisionGoneError } from '../../store/store.ts'
import type { Kind } from '../registry/kind.ts'
import { type Core, objectOf, viewOf } from './core.ts'
import { prefixOf } from './keys.ts'
import { list, readRevision, tooLarge } from './read.ts'
import { type Selection, selectionOf } from './selection.ts'

/** What a watch asks, as in its query. */
export interface WatchRequest {
  /** '' or absent: all namespaces. */
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
  /** Changes after this revision. '' or '0': first everything there is now, as ADDED. */
  resourceVersion?: string
  /** First everything there is now, then `onInitialEventsEnd`. */
  sendInitialEvents?: boolean
}

/** One change, as a watcher with a selection sees it. */
export interface ObjectEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  object: KubeObject
  /** What was changed, as it was; only of kinds that a webhook converts. */
  before?: KubeObject
}

/** Who is told. Nothing here may throw or wait. */
export interface Watcher {
  onEvents(events: ObjectEvent[]): void
  /** The initial events are over; they showed this revision. */
  onInitialEventsEnd?(resourceVersion: string): void
  /** Every change up to this revision has been told, even where none was of interest. */
  onProgress?(revision: number): void
  /** The kind is not served any more, or in another way: whoever still wants to know asks again. */
  onGone?(): void
}

/** Watches a kind. Throws Expired when the revision is gone, Timeout when it is not reached. Returns a function that ends it. */
export function watch(core: Core, kind: Kind, request: WatchRequest, watcher: Watcher): () => void {
  const selection = selectionOf(kind, request.labelSelector, request.fieldSelector)
  const namespace = kind.resource.namespaced ? (request.namespace ?? '') : ''
  const given = request.resourceVersion ?? ''
  const initial = request.sendInitialEvents ?? (given === '' || given === '0')
  let after = given === '' || given === '0' ? core.store.revision : readRevision(given)
  if (after > core.store.revision) throw tooLarge(after, core.store.revision)
  if (initial) {
    const { items, resourceVersion } = list(core, kind, { namespace, ...(request.labelSelector === undefined ? {} : { labelSelector: request.labelSelector }), ...(request.fieldSelector === undefined ? {} : { fieldSelector: request.fieldSelector }) })
    if (items.length > 0) watcher.onEvents(items.map((object) => ({ type: 'ADDED', object })))
    watcher.onInitialEventsEnd?.(resourceVersion)
    after = Number(resourceVersion)
  }
  try {
    return core.store.watch(prefixOf(kind.resource, namespace), after, (changes) => {
      const events = changes.map((change) => eventOf(change, selection, (entry) => viewOf(kind, entry), kind.coding?.byWebhook)).filter((event) => event !== undefined)
      if (events.length > 0) watcher.onEvents(events)
      const last = changes.at(-1)
      if (last !== undefined) watcher.onProgress?.(last.revision)
    })
  } catch (error) {
    if (!(error instanceof RevisionGoneError)) throw error
    throw new StatusError('Expired', `too old resource version: ${given} (${String(core.store.compactedRevision)})`)
  }
}

/** A change seen through a selection: an object that enters it is ADDED, one that leaves it DELETED (as it was before, at the new revision). */
function eventOf(change: Change, selection: Selection, view: (entry: Entry) => KubeObject = objectOf, keepsBefore = false): ObjectEvent | undefined {
  const before = change.previous === undefined ? undefined : view(change.previous)
  const was = before !== undefined && selection.matches(before)
  if (change.type === 'delete') {
    const object = view(change.entry)
    return was || (before === undefined && selection.matches(object)) ? { type: 'DELETED', object } : undefined
  }
  const object = view(change.entry)
  const is = selection.matches(object)
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object, ...(was && keepsBefore ? { before } : {}) }
  if (!was) return undefined
  return { type: 'DELETED', object: Object.freeze({ ...before, metadata: Object.freeze({ ...before.metadata, resourceVersion: String(change.revision) }) }) }
}
