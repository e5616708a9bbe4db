/** Keys are paths: `/<group>/<plural>/<namespace>/<name>` (an empty namespace for cluster-scoped objects). */
export type Key = string

/**
 * An object as stored. `value` is frozen in depth. As long as a key does not change, `get`, `list` and `watch` give the very
 * same Entry object, so that what is derived from it can be kept in a WeakMap.
 */
export interface Entry {
  readonly key: Key
  readonly value: Readonly<Record<string, unknown>>
  /** The revision of its last change: the object's resourceVersion. */
  readonly revision: number
  /** The revision that created it. */
  readonly createRevision: number
}

/** One write. All writes of a commit happen at the same revision, or none does; each names another key. */
export type Write =
  | {
      readonly type: 'put'
      readonly key: Key
      /** JSON data. The store freezes it in depth, in place, when `commit` is called. */
      readonly value: Readonly<Record<string, unknown>>
      /** Fails the commit with ConflictError unless the entry's revision is this one; 0 means: must not exist. Absent: no condition. */
      readonly ifRevision?: number
    }
  /** Without `ifRevision`, deleting what does not exist changes nothing. */
  | { readonly type: 'delete'; readonly key: Key; readonly ifRevision?: number }

/** Who writes and why: kept in the journal. */
export interface Author {
  /** The user's or component's name. */
  readonly user: string
  /** What they did, in a few words (`apply`, `scale`, `rollback`). */
  readonly action?: string
}

export interface CommitOptions {
  readonly above?: number
}

/** One change, as watchers see it. */
export interface Change {
  readonly type: 'put' | 'delete'
  readonly key: Key
  readonly revision: number
  /** The new entry; for a delete, the last value, with `revision` the delete's own. */
  readonly entry: Entry
  /** What was there before; undefined when it was created. */
  readonly previous: Entry | undefined
}

/** A page of a prefix, all of one revision. */
export interface Page {
  readonly entries: readonly Entry[]
  /** The store's revision that the page shows. */
  readonly revision: number
  /** Where the next page starts; undefined on the last page. */
  readonly next: Key | undefined
  /** How many entries of the prefix follow this page. */
  readonly remaining: number
}

/** A write's condition did not hold. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
  readonly key: Key
  /** What is stored now; undefined when nothing is. */
  readonly current: Entry | undefined
  constructor(key: Key, current: Entry | undefined) {
    super(`${key} is not at the expected revision`)
    this.key = key
    this.current = current
  }
}

/** The revision asked for is gone (compacted) or not reached yet. Kubernetes' 410. */
export class RevisionGoneError extends Error {
  override readonly name = 'RevisionGoneError'
}

/** Another engine works on the data directory. The message says who. */
export class StoreLockedError extends Error {
  override readonly name = 'StoreLockedError'
}

/** The data cannot be read with the encryption key given. */
export class EncryptionKeyError extends Error {
  override readonly name = 'EncryptionKeyError'
}

/** The disk would not take a commit. Nothing of it was written; what was there stays readable. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  /** `DiskFull`: works again as soon as there is room. `Failed`: the message carries the system's words. */
  readonly reason: 'DiskFull' | 'Failed'
  constructor(reason: 'DiskFull' | 'Failed', message: string, cause: unknown) {
    super(message, { cause })
    this.reason = reason
  }
}

/**
 * The state of one cluster. There is one revision counter; every commit takes the next one.
 * Reads see every acknowledged write. A commit is acknowledged only when it would survive a power cut.
 */
export interface Store {
  /** The revision of the last acknowledged commit; 0 for an empty store. */
  readonly revision: number
  /** The oldest revision from which `watch` and `list` can still start. */
  readonly compactedRevision: number
  get(key: Key): Entry | undefined
  /**
   * Entries under a prefix in key order: the present, or the state at `revision`, which stays readable until it is compacted
   * (RevisionGoneError after that). `from` continues a listing at the key that the last page named.
   */
  list(prefix: Key, options?: { revision?: number; limit?: number; from?: Key }): Page
  /**
   * Writes all or nothing and resolves, once durable, with the commit's revision (the present one when nothing changes). Commits
   * take effect in the order they are called; those that meet share one transaction. Rejects with ConflictError or StorageError.
   * `above`: the revision is made greater than this one, for a state that comes from elsewhere and has revisions of its own.
   */
  commit(writes: readonly Write[], author: Author, options?: CommitOptions): Promise<number>
  /**
   * Every change under `prefix` with a revision above `after`, in order, none missing, starting with past ones. `onChanges` gets
   * whole batches (a commit is never split), never before `watch` returns, and must not throw. Live ones come before the commit
   * that made them resolves. Throws RevisionGoneError when `after` is compacted or in the future. Returns a function that ends it.
   */
  watch(prefix: Key, after: number, onChanges: (changes: readonly Change[]) => void): () => void
  /** The journal: changes of one key, or of all, newest first, only those at revisions below `before` where given. */
  history(options: { key?: Key; before?: number; limit: number }): Promise<JournalRecord[]>
  /** Waits for writes under way, then closes. */
  close(): Promise<void>
}

/** Who changed what, when, from what to what. */
export interface JournalRecord {
  readonly revision: number
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly author: Author
  readonly key: Key
  readonly before: Readonly<Record<string, unknown>> | undefined
  readonly after: Readonly<Record<string, unknown>> | undefined
}
