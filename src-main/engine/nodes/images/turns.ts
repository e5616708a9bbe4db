import { orAborted } from '../../../common/or-aborted.ts'

/** One at a time for each key, first come, first served. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Runs the work when its turn has come. `onWait` is called first when that is not at once. Rejects with the signal's reason when that comes before. */
  async run<T>(key: string, signal: AbortSignal, onWait: () => void, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    let end: () => void = () => undefined
    const mine = new Promise<void>((resolve) => (end = resolve))
    const last = (before ?? Promise.resolve()).then(() => mine)
    this.#last.set(key, last)
    try {
      if (before !== undefined) {
        onWait()
        await orAborted(before, signal)
      }
      signal.throwIfAborted()
      return await work()
    } finally {
      end()
      void last.then(() => { if (this.#last.get(key) === last) this.#last.delete(key) })
    }
  }
}
