import type { FileHandle } from 'node:fs/promises'

interface Waiting {
  readonly record: Uint8Array
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** The least that promises as much as the store: records appended to a file. Those that come while one fdatasync runs share the next write and fdatasync. */
export class GroupLog {
  readonly #file: FileHandle
  #waiting: Waiting[] = []
  #writing = false

  constructor(file: FileHandle) {
    this.#file = file
  }

  /** Resolves when the record would survive a power cut. */
  append(record: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, resolve, reject })
      if (!this.#writing) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#writing = true
    // The rest of this turn's records, and of those whose writers were just answered, join the batch.
    for (await turn(); this.#waiting.length > 0; await turn()) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        await this.#file.writev(batch.map(({ record }) => record))
        await this.#file.datasync()
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error instanceof Error ? error : new Error(String(error)))
      }
    }
    this.#writing = false
  }
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
