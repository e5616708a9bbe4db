import type { EventEntry } from '../../common/contract/index.ts'

/** The newest events, so many at most. One that is added again counts up. */
export class EventRing {
  readonly #size: number
  readonly #entries = new Map<string, EventEntry>()

  constructor(size: number) {
    this.#size = size
  }

  add(entry: EventEntry): void {
    const before = this.#entries.get(entry.id)
    this.#entries.delete(entry.id)
    this.#entries.set(entry.id, before === undefined ? entry : { ...entry, count: before.count + entry.count })
    // A map keeps the order in which its keys came.
    for (const id of this.#entries.keys()) {
      if (this.#entries.size <= this.#size) break
      this.#entries.delete(id)
    }
  }

  has(id: string): boolean {
    return this.#entries.has(id)
  }

  /** Newest first. */
  list(): EventEntry[] {
    return [...this.#entries.values()].sort((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1))
  }
}
