import { channel } from 'node:diagnostics_channel'
import { statfsSync } from 'node:fs'
import { constants } from 'node:os'
import type { Clock } from '../../common/clock.ts'
import { deepFreeze } from '../../common/kube/object.ts'
import { TELEMETRY } from '../../common/telemetry.ts'
import type { CommitTold } from '../../common/telemetry.ts'
import type { DirectoryLock } from './directory-lock.ts'
import type { Disk, LogLine, Trim } from './disk.ts'
import { EntryIndex, pageOf } from './entry-index.ts'
import type { Plan, Request } from './plan.ts'
import { planBatch } from './plan.ts'
import type { Retention } from './retention.ts'
import { planTrim } from './retention.ts'
import { NoRoomError } from './room.ts'
import type { Author, Change, CommitOptions, Entry, JournalRecord, Key, Page, Store, Write } from './store.ts'
import { RevisionGoneError, StorageError } from './store.ts'
import { Watchers } from './watchers.ts'

const SNAPSHOTS_KEPT = 4
/** Commits that share one transaction at most: encoding them must not hold the event loop up. */
const BATCH = 250
const { ENOSPC, EIO } = constants.errno
/** Less free than this, bytes, and an I/O error means a full disk. */
const ROOM_NEEDED = 1 << 20
/** Lines of the log looked at for compaction with each commit, beyond twice as many as it writes. */
const TRIM_CHUNK = 64
const told = channel(TELEMETRY.commit)

interface Waiting extends Request {
  readonly resolve: (revision: number) => void
  readonly reject: (error: Error) => void
}

/** What a store stands on. */
export interface LmdbStoreParts {
  readonly dir: string
  readonly openDisk: () => Promise<Disk>
  readonly disk: Disk
  readonly lock: DirectoryLock
  readonly clock: Clock
  readonly retention: Retention
}

/**
 * The store: the present in memory, the past on disk. One batch is written at a time; commits that arrive meanwhile are checked and
 * written together with the next one. Memory, and with it every read, changes only after the batch is on disk.
 */
export class LmdbStore implements Store {
  readonly #parts: LmdbStoreParts
  #disk: Disk
  readonly #index: EntryIndex
  readonly #watchers = new Watchers()
  readonly #snapshots = new Map<string, readonly Entry[]>()
  #revision: number
  #compacted: number
  #logLength: number
  readonly #queue: Waiting[] = []
  #writing: Promise<void> | undefined
  #closed = false

  constructor(parts: LmdbStoreParts) {
    this.#parts = parts
    this.#disk = parts.disk
    const { revision, compacted } = this.#disk.summary
    this.#revision = revision
    this.#compacted = compacted
    this.#logLength = this.#disk.logLength
    this.#index = EntryIndex.of(this.#disk.load())
  }

  get revision(): number {
    return this.#revision
  }

  get compactedRevision(): number {
    return this.#compacted
  }

  get(key: Key): Entry | undefined {
    return this.#index.get(key)
  }

  list(prefix: Key, options: { revision?: number; limit?: number; from?: Key } = {}): Page {
    const revision = options.revision ?? this.#revision
    this.#checkReadable(revision)
    const limit = options.limit ?? Infinity
    if (revision === this.#revision) return { revision, ...this.#index.page(prefix, options.from, limit) }
    return { revision, ...pageOf(this.#snapshot(prefix, revision), prefix, options.from, limit) }
  }

  commit(writes: readonly Write[], author: Author, { above = 0 }: CommitOptions = {}): Promise<number> {
    if (this.#closed) return Promise.reject(new StorageError('Failed', 'The store is closed.', undefined))
    if (new Set(writes.map((write) => write.key)).size < writes.length) return Promise.reject(new TypeError('A commit must write each key once.'))
    for (const write of writes) if (write.type === 'put') deepFreeze(write.value)
    return new Promise((resolve, reject) => {
      this.#queue.push({ writes, author, above, resolve, reject })
      // The rest of this turn's commits join the first batch.
      this.#writing ??= Promise.resolve().then(() => this.#drain())
    })
  }

  watch(prefix: Key, after: number, onChanges: (changes: readonly Change[]) => void): () => void {
    this.#checkReadable(after)
    const past: Change[] = []
    for (const line of this.#disk.log(after + 1, this.#revision)) if (line.key.startsWith(prefix)) past.push(this.#changeAt(line))
    return this.#watchers.add(prefix, past, onChanges)
  }

  async history(options: { key?: Key; before?: number; limit: number }): Promise<JournalRecord[]> {
    const below = Math.min(options.before ?? Infinity, this.#revision + 1)
    const found: JournalRecord[] = []
    const versions = options.key === undefined ? this.#disk.logBackwards(below) : this.#versionsOf(options.key, below)
    for (const { key, revision } of versions) {
      if (found.length >= options.limit) break
      const record = this.#disk.record(key, revision)
      if (record === undefined) continue
      const before = record.previous === 0 ? undefined : this.#disk.record(key, record.previous)
      // Kept only as the `before` of the next one.
      if (record.previous > 0 && before === undefined) continue
      found.push(deepFreeze({ revision, time: record.time, author: record.author, key, before: before?.value, after: record.value }))
    }
    return found
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    while (this.#writing !== undefined) await this.#writing
    this.#watchers.clear()
    await this.#disk.close()
    await this.#parts.lock.release()
  }

  *#versionsOf(key: Key, below: number): Generator<{ key: Key; revision: number }> {
    for (const revision of this.#disk.versionsBackwards(key, below)) yield { key, revision }
  }

  #checkReadable(revision: number): void {
    if (revision < this.#compacted) throw new RevisionGoneError(`Revision ${revision} is gone: the oldest kept is ${this.#compacted}.`)
    if (revision > this.#revision) throw new RevisionGoneError(`Revision ${revision} is in the future: the present one is ${this.#revision}.`)
  }

  /** Writes batches until nobody waits. */
  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, BATCH)
      try {
        const plan = planBatch(batch, this.#revision, (key) => this.#index.get(key))
        if (plan.changes.length > 0) await this.#write(plan)
        batch.forEach(({ resolve, reject }, i) => {
          const verdict = plan.verdicts[i]
          if (verdict !== undefined && 'revision' in verdict) resolve(verdict.revision)
          else reject(verdict?.error ?? new Error('The plan has no verdict.'))
        })
      } catch (error) {
        for (const { reject } of batch) reject(error instanceof Error ? error : new Error(String(error)))
      }
    }
    this.#writing = undefined
  }

  async #write(plan: Plan): Promise<void> {
    const time = this.#parts.clock.now()
    const trim = this.#planTrim(plan, time)
    // Before the write: once it is on disk, what it compacts can no longer be read.
    this.#compacted = trim.compacted
    const begin = this.#parts.clock.monotonic()
    try {
      await this.#disk.write(plan, time, trim)
    } catch (error) {
      if (error instanceof NoRoomError) throw storageError(this.#parts.dir, error.cause)
      await this.#recover()
      throw storageError(this.#parts.dir, error)
    }
    if (told.hasSubscribers) told.publish({ changes: plan.changes.length, seconds: (this.#parts.clock.monotonic() - begin) / 1000 } satisfies CommitTold)
    this.#logLength += plan.changes.length - trim.lines.length
    this.#publish(plan.revision, plan.changes.map(({ change }) => change))
  }

  #publish(revision: number, changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.type === 'put') this.#index.set(change.entry)
      else this.#index.delete(change.key)
    }
    this.#revision = revision
    this.#watchers.publish(changes)
  }

  /**
   * After a failed write LMDB may refuse all further ones until it is opened again. What the file then says is true: should the
   * failed batch be in it after all, it is shown.
   */
  async #recover(): Promise<void> {
    await this.#disk.close()
    this.#disk = await this.#parts.openDisk()
    const { revision } = this.#disk.summary
    this.#logLength = this.#disk.logLength
    if (revision > this.#revision) this.#publish(revision, [...this.#disk.log(this.#revision + 1, revision)].map((line) => this.#changeAt(line)))
  }

  /** A line of the log as a change. The present entry is the very same object that `get` gives. */
  #changeAt({ key, revision }: LogLine): Change {
    const record = this.#disk.record(key, revision)
    if (record === undefined) throw new StorageError('Failed', `The change log names ${key} at revision ${revision}, which is not there.`, undefined)
    const previous = this.#entryAt(key, record.previous)
    if (record.type === 'put') return { type: 'put', key, revision, entry: this.#entryAt(key, revision) as Entry, previous }
    return { type: 'delete', key, revision, entry: Object.freeze({ ...(previous as Entry), revision }), previous }
  }

  #entryAt(key: Key, revision: number): Entry | undefined {
    const present = this.#index.get(key)
    return present?.revision === revision ? present : this.#disk.entry(key, revision)
  }

  /** The sorted entries under `prefix` at a past revision: the present, with what changed since put back. */
  #snapshot(prefix: Key, revision: number): readonly Entry[] {
    const name = `${revision} ${prefix}`
    const kept = this.#snapshots.get(name)
    if (kept !== undefined) return kept
    const back = new Map<Key, Entry | undefined>()
    for (const { key, revision: at } of this.#disk.log(revision + 1, this.#revision)) {
      if (key.startsWith(prefix) && !back.has(key)) back.set(key, this.#entryAt(key, this.#disk.header(key, at)?.previous ?? 0))
    }
    const same = this.#index.under(prefix).filter((entry) => !back.has(entry.key))
    const entries = EntryIndex.of([...same, ...[...back.values()].filter((entry) => entry !== undefined)]).under(prefix)
    this.#snapshots.set(name, entries)
    const [oldest] = this.#snapshots.keys()
    if (oldest !== undefined && this.#snapshots.size > SNAPSHOTS_KEPT) this.#snapshots.delete(oldest)
    return entries
  }

  /** What the next transaction forgets: a bounded step, so that no commit pays for a long past. */
  #planTrim(plan: Plan, now: number): Trim {
    const { retention } = this.#parts
    return planTrim({
      retention, now,
      step: TRIM_CHUNK + 2 * plan.changes.length,
      nextRevision: plan.revision,
      compacted: this.#compacted,
      logLength: this.#logLength + plan.changes.length,
      log: (from, to) => this.#disk.log(from, to),
      revision: this.#revision,
    })
  }
}

function storageError(dir: string, error: unknown): StorageError {
  const { code, message } = error as { code?: unknown; message?: string }
  // LMDB reports a write that stopped halfway, for want of room, as an I/O error.
  if (code === ENOSPC || code === 'ENOSPC' || (code === EIO && freeBytes(dir) < ROOM_NEEDED)) {
    return new StorageError('DiskFull', `The disk that holds ${dir} is full. Nothing was changed; make room there and try again.`, error)
  }
  return new StorageError('Failed', `The data in ${dir} could not be written (${message ?? String(error)}). Nothing was changed; check the disk.`, error)
}

function freeBytes(dir: string): number {
  const { bavail, bsize } = statfsSync(dir)
  return bavail * bsize
}
