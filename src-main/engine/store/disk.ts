import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Database, RootDatabase } from 'lmdb'
import { open } from 'lmdb'
import type { Cipher } from './cipher.ts'
import type { StoredRecord } from './record.ts'
import { decodeHeader, decodeRecord, encodeRecord } from './record.ts'
import { NoRoomError, STEP, lengthen, lengthFor } from './room.ts'
import type { Plan } from './plan.ts'
import type { Entry, Key } from './store.ts'
import { deepFreeze } from '../../common/kube/object.ts'
import { shareRecords } from '../../common/kube/shared-fields.ts'
import { shareStrings } from '../../common/shared-strings.ts'

/** The file inside the data directory. */
export const DATA_FILE = 'store.mdb'
const FORMAT = 1

interface Head {
  readonly revision: number
  readonly createRevision: number
}

/** What the file says about itself. */
interface Summary {
  readonly format: number
  readonly revision: number
  readonly compacted: number
}

/** One line of the change log. */
export interface LogLine {
  readonly revision: number
  /** Its place among the changes of that revision. */
  readonly index: number
  readonly key: Key
  readonly time: number
}

/** What a transaction takes away. */
export interface Trim {
  /** The new compacted revision. */
  readonly compacted: number
  readonly lines: readonly LogLine[]
}

/**
 * The LMDB file. `heads`: key -> where its present version is; `versions`: [key, revision] -> record, one a change; `log`:
 * [revision, index] -> key and time; `about`: the counters. A version stays while a line of the log, its own or the next
 * change's, needs it; the present one always does.
 *
 * LMDB's overlappingSync stays off: with it a transaction shows before it is on disk and recovery depends on the boot id; without
 * it every commit is data, fdatasync, then the meta page through an O_DSYNC descriptor, and a promise that resolved is durable.
 * It was no slower here.
 */
export class Disk {
  readonly #env: RootDatabase
  readonly #heads: Database<Head, string>
  readonly #versions: Database<Buffer, [Key, number]>
  readonly #log: Database<Omit<LogLine, 'revision' | 'index'>, number[]>
  readonly #about: Database<Summary | string, string>
  readonly #cipher: Cipher
  readonly #path: string
  /** The file's, in bytes. */
  #length: number
  /** There was no room when it was last asked for. */
  #isFull = false

  /**
   * Opens the file in `dir`. A new one is made under another name and renamed when it is whole, so that a power cut leaves one that
   * opens, or none. `sync: false` gives durability away: only the power-loss test's control does that. Throws EncryptionKeyError.
   */
  static async open(dir: string, cipher: Cipher, sync = true): Promise<Disk> {
    const path = join(dir, DATA_FILE)
    if (!existsSync(path)) {
      const fresh = `${path}.new`
      for (const left of [fresh, `${fresh}-lock`]) rmSync(left, { force: true })
      const disk = new Disk(fresh, cipher, sync)
      await disk.#create()
      await disk.close()
      renameSync(fresh, path)
      rmSync(`${fresh}-lock`, { force: true })
      if (sync) syncDirectory(dir)
    }
    const disk = new Disk(path, cipher, sync)
    try {
      disk.#check()
      return disk
    } catch (error) {
      await disk.close()
      throw error
    }
  }

  private constructor(path: string, cipher: Cipher, sync: boolean) {
    this.#cipher = cipher
    this.#path = path
    this.#env = open({ path, noSubdir: true, encoding: 'json', maxDbs: 4, ...(sync ? { overlappingSync: false } : { noSync: true }) })
    this.#heads = this.#env.openDB({ name: 'heads', encoding: 'json' })
    this.#versions = this.#env.openDB({ name: 'versions', encoding: 'binary' })
    this.#log = this.#env.openDB({ name: 'log', encoding: 'json' })
    this.#about = this.#env.openDB({ name: 'about', encoding: 'json' })
    this.#length = statSync(path).size
  }

  async #create(): Promise<void> {
    const sealed = this.#cipher.seal(Buffer.from('toque'), 'keyCheck').toString('base64')
    await this.#env.batch(() => {
      void this.#about.put('keyCheck', sealed)
      void this.#about.put('summary', { format: FORMAT, revision: 0, compacted: 0 })
    })
  }

  #check(): void {
    const { format } = this.summary
    if (format > FORMAT) throw new Error(`The data was written by a newer Toque (format ${format}; this one knows ${FORMAT}). Install that version, or use another data directory.`)
    this.#cipher.open(Buffer.from(this.#about.get('keyCheck') as string, 'base64'), 'keyCheck')
  }

  get summary(): Summary {
    return this.#about.get('summary') as Summary
  }

  /** How many lines the log has. */
  get logLength(): number {
    return (this.#log.getStats() as { entryCount: number }).entryCount
  }

  /** Every present entry, in no particular order. */
  load(): Entry[] {
    return [...this.#heads.getRange()].map(({ key, value }) => this.entry(key, value.revision) as Entry)
  }

  record(key: Key, revision: number): StoredRecord | undefined {
    const bytes = this.#versions.get([key, revision])
    return bytes === undefined ? undefined : decodeRecord(key, revision, bytes, this.#cipher)
  }

  /** A record without its value. */
  header(key: Key, revision: number): Omit<StoredRecord, 'value'> | undefined {
    const bytes = this.#versions.get([key, revision])
    return bytes === undefined ? undefined : decodeHeader(bytes)
  }

  /** A version of a key as an entry; undefined where there is none, or it is a delete. */
  entry(key: Key, revision: number): Entry | undefined {
    const record = revision === 0 ? undefined : this.record(key, revision)
    if (record?.value === undefined) return undefined
    return Object.freeze({ key, value: deepFreeze(shareRecords(shareStrings(record.value))), revision, createRevision: record.createRevision })
  }

  /** The log from a revision on (inclusive) to another (inclusive), oldest first; stop reading any time. */
  *log(from: number, to: number): Generator<LogLine> {
    for (const { key, value } of this.#log.getRange({ start: [from], end: [to + 1] })) yield { revision: key[0] ?? 0, index: key[1] ?? 0, ...value }
  }

  /** The log below a revision, newest first. */
  *logBackwards(below: number): Generator<LogLine> {
    for (const { key, value } of this.#log.getRange({ start: [below], reverse: true })) yield { revision: key[0] ?? 0, index: key[1] ?? 0, ...value }
  }

  /** Revisions of one key's versions below a revision, newest first. */
  *versionsBackwards(key: Key, below: number): Generator<number> {
    for (const [, revision] of this.#versions.getKeys({ start: [key, below - 1], end: [key, -1], reverse: true })) yield revision
  }

  /** One transaction with the plan's changes and the trim; resolves when it is on disk. Rejects with a NoRoomError before anything is written. */
  async write(plan: Plan, time: number, trim: Trim): Promise<void> {
    const records = plan.changes.map(({ change, author }) => {
      const { key, revision, entry, previous, type } = change
      const record: StoredRecord = { type, createRevision: entry.createRevision, previous: previous?.revision ?? 0, time, author, value: type === 'put' ? entry.value : undefined }
      return { change, bytes: encodeRecord(key, revision, record, this.#cipher) }
    })
    await this.#takeRoom(records.length + trim.lines.length, records.reduce((sum, { bytes }) => sum + bytes.length, 0))
    const indexes = new Map<number, number>()
    await this.#env.batch(() => {
      for (const { change: { key, revision, entry, type }, bytes } of records) {
        void this.#versions.put([key, revision], bytes)
        void (type === 'put' ? this.#heads.put(key, { revision, createRevision: entry.createRevision }) : this.#heads.remove(key))
        const index = indexes.get(revision) ?? 0
        indexes.set(revision, index + 1)
        void this.#log.put([revision, index], { key, time })
      }
      for (const line of trim.lines) this.#remove(line)
      void this.#about.put('summary', { format: FORMAT, revision: plan.revision, compacted: trim.compacted })
    }).catch(async (error: unknown) => {
      // lmdb rejects with a general error that carries a promise of the real one.
      throw await (((error as { commitError?: Promise<never> }).commitError ?? Promise.resolve(error)).catch((cause: unknown) => cause))
    })
  }

  /**
   * Makes the file long enough for a commit. Where LMDB itself meets a full disk, its binding describes the failed write in a buffer that is too short
   * (3.5.6), and the process dies of it, at once or later. On Windows LMDB lengthens the file by itself.
   */
  async #takeRoom(count: number, bytes: number): Promise<void> {
    const { lastPageNumber, pageSize } = this.#env.getStats() as { lastPageNumber: number; pageSize: number }
    const needed = lengthFor((lastPageNumber + 1) * pageSize, pageSize, { count, bytes })
    // What would still fit is not let in by turns with what does not: the disk is full until it has room again.
    const length = this.#isFull ? Math.max(needed, this.#length + STEP) : needed
    if (length <= this.#length || process.platform === 'win32') return
    try {
      await lengthen(this.#path, length)
    } catch (error) {
      this.#isFull = true
      this.#length = statSync(this.#path).size
      throw new NoRoomError('no room for the commit', { cause: error })
    }
    this.#isFull = false
    this.#length = length
  }

  /** Takes a line off the log with the versions that only it needed. */
  #remove({ key, revision, index }: LogLine): void {
    const record = this.header(key, revision)
    void this.#log.remove([revision, index])
    if (record !== undefined && record.previous > 0) void this.#versions.remove([key, record.previous])
    if (record?.type === 'delete') void this.#versions.remove([key, revision])
  }

  async close(): Promise<void> {
    await this.#env.close()
  }
}

/** Makes a file's new name itself survive a power cut. */
function syncDirectory(dir: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(dir, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
