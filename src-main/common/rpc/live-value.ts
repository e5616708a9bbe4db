import { makeStream } from './make-stream.ts'
import type { Stream } from './stream.ts'

/** A value that changes, and streams of it: the present one at once, then the newest whenever the reader is ready. Values in between are skipped. */
export class LiveValue<T> {
  #value: T
  #version = 0
  readonly #listeners = new Set<() => void>()

  constructor(initial: T) {
    this.#value = initial
  }

  get(): T {
    return this.#value
  }

  set(value: T): void {
    this.#value = value
    this.#version += 1
    for (const listener of [...this.#listeners]) listener()
  }

  /** Tells of each change. Returns a function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  stream(): Stream<T> {
    return makeStream(async (push, signal) => {
      for (let seen = -1; !signal.aborted;) {
        if (seen === this.#version) await this.#changed(signal)
        if (signal.aborted) return
        seen = this.#version
        await push(this.#value)
      }
    })
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#listeners.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#listeners.add(done)
      signal.addEventListener('abort', done)
    })
  }
}
