import type { Batch } from '../../src-main/common/contract/index.ts'
import type { Stream } from '../../src-main/common/rpc/stream.ts'

/** Wakes whoever waits for the next change. */
export class Signal {
  #waiting: (() => void)[] = []

  fire(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}

/** `read()` now and after each change. Throws what `read` throws. */
export async function* values<T>(signal: Signal, read: () => T): Stream<T> & AsyncGenerator<T> {
  for (;;) {
    yield read()
    await signal.wait()
  }
}

/** A list now and its differences after each change; items count as the same while they are the same object, or look the same. */
export async function* batches<T extends { id: string }>(signal: Signal, read: () => T[]): Stream<Batch<T>> & AsyncGenerator<Batch<T>> {
  let before = new Map<string, string>()
  let first = true
  for (;;) {
    const items = read()
    const after = new Map(items.map((item) => [item.id, JSON.stringify(item)]))
    const batch: Batch<T> = {
      reset: first, upserted: items.filter((item) => before.get(item.id) !== after.get(item.id)), removed: [...before.keys()].filter((id) => !after.has(id)),
    }
    if (first || batch.upserted.length > 0 || batch.removed.length > 0) yield batch
    first = false
    before = after
    await signal.wait()
  }
}
