import type { Batch } from '../../src-main/common/contract/index.ts'

/** Folds batches into a list. The list is a new array after each change, so that it can live in `$state.raw`; equal batches keep the order. */
export class BatchFold<T extends { id: string }> {
  readonly #items = new Map<string, T>()
  readonly #compare: (a: T, b: T) => number

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  apply(batch: Batch<T>): T[] {
    if (batch.reset) this.#items.clear()
    for (const id of batch.removed) this.#items.delete(id)
    for (const item of batch.upserted) this.#items.set(item.id, item)
    return [...this.#items.values()].sort(this.#compare)
  }
}
