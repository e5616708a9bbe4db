import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../../common/clock.ts'
import { messageOf } from '../../../common/errors.ts'

/** Bounds of a log, all in bytes but `keep`. */
export interface LogLimits {
  /** A file that is longer is put aside. */
  fileBytes: number
  /** So many files that were put aside stay. */
  keep: number
  /** What waits to be written; beyond that events are lost, and counted. */
  waitingBytes: number
}

const LIMITS: LogLimits = { fileBytes: 16 * 1024 * 1024, keep: 4, waitingBytes: 8 * 1024 * 1024 }
const NAME = 'audit.log'
const ASIDE = /^audit-.*\.log$/
/** Written at a time: more would hold the others up. */
const SLICE_BYTES = 64 * 1024

/** A line that is made only when it is written, and about how long it will be. */
export interface Line {
  bytes: number
  text(): string
}

/** Lines in a file that is private and bounded. `write` never waits: a disk that does not keep up costs lines, not requests. */
export class LogFile {
  readonly #dir: string
  readonly #clock: Clock
  readonly #limits: LogLimits
  readonly #say: (sentence: string) => void
  #waiting: Line[] = []
  #waitingBytes = 0
  #lost = 0
  #file: FileHandle | undefined
  #fileBytes = 0
  #writing: Promise<void> | undefined
  #failed = false
  #closed = false

  /** `say` hears, once, that lines are lost and why. */
  constructor(dir: string, clock: Clock, say: (sentence: string) => void, limits: Partial<LogLimits> = {}) {
    this.#dir = dir
    this.#clock = clock
    this.#say = say
    this.#limits = { ...LIMITS, ...limits }
  }

  write(line: Line): void {
    if (this.#closed) return
    if (this.#waitingBytes + line.bytes > this.#limits.waitingBytes) {
      if (this.#lost++ === 0) this.#say(`The audit log in ${this.#dir} loses events: they come faster than the disk takes them.`)
      return
    }
    this.#waiting.push(line)
    this.#waitingBytes += line.bytes
    this.#writing ??= this.#drain().finally(() => (this.#writing = undefined))
  }

  /** Writes what waits, and closes: what comes later is not written. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#writing
    await this.#file?.close()
    this.#file = undefined
  }

  async #drain(): Promise<void> {
    // After the answers of this turn.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      try {
        await this.#append(Buffer.from(this.#slice()))
        this.#failed = false
      } catch (error) {
        if (!this.#failed) this.#say(`The audit log in ${this.#dir} cannot be written: ${messageOf(error)}. What happens meanwhile is not in it.`)
        this.#failed = true
      }
    }
    if (this.#lost > 0) this.#say(`The audit log in ${this.#dir} goes on; it has lost ${String(this.#lost)} events.`)
    this.#lost = 0
  }

  /** The next lines, which wait no longer. */
  #slice(): string {
    let text = ''
    let taken = 0
    for (const line of this.#waiting) {
      taken += 1
      this.#waitingBytes -= line.bytes
      text += line.text()
      if (text.length >= SLICE_BYTES) break
    }
    this.#waiting.splice(0, taken)
    return text
  }

  async #append(bytes: Buffer): Promise<void> {
    if (this.#file === undefined) {
      await mkdir(this.#dir, { recursive: true, mode: 0o700 })
      this.#file = await open(join(this.#dir, NAME), 'a', 0o600)
      this.#fileBytes = (await this.#file.stat()).size
    }
    if (this.#fileBytes > 0 && this.#fileBytes + bytes.length > this.#limits.fileBytes) {
      await this.#putAside()
      return this.#append(bytes)
    }
    await this.#file.appendFile(bytes)
    this.#fileBytes += bytes.length
  }

  /** The names of what is put aside are their times, and so in order. */
  async #putAside(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
    const now = new Date(this.#clock.now()).toISOString().replaceAll(':', '-')
    const there = await readdir(this.#dir)
    // Two within a millisecond.
    const number = there.filter((name) => name.startsWith(`audit-${now}`)).length
    await rename(join(this.#dir, NAME), join(this.#dir, `audit-${now}-${String(number).padStart(4, '0')}.log`))
    const aside = (await readdir(this.#dir)).filter((name) => ASIDE.test(name)).sort()
    await Promise.all(aside.slice(0, Math.max(0, aside.length - this.#limits.keep)).map((name) => rm(join(this.#dir, name), { force: true })))
  }
}
