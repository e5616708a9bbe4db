/** Something due at a time. */
export interface Due<T> {
  readonly at: number
  readonly item: T
}

/** A binary heap by time: the earliest is first. Equal times leave in no promised order. */
export class DelayHeap<T> {
  readonly #items: Due<T>[] = []

  get first(): Due<T> | undefined {
    return this.#items[0]
  }

  push(due: Due<T>): void {
    const items = this.#items
    let i = items.push(due) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if ((items[parent] as Due<T>).at <= due.at) break
      items[i] = items[parent] as Due<T>
      i = parent
    }
    items[i] = due
  }

  pop(): Due<T> | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (last === undefined || items.length === 0) return first
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= items.length) break
      if (child + 1 < items.length && (items[child + 1] as Due<T>).at < (items[child] as Due<T>).at) child++
      if ((items[child] as Due<T>).at >= last.at) break
      items[i] = items[child] as Due<T>
      i = child
    }
    items[i] = last
    return first
  }
}
