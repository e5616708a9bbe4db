import type { Entry, Key } from './store.ts'

/** The present entries in memory, in key order (by UTF-16 code units). */
export class EntryIndex {
  readonly #byKey = new Map<Key, Entry>()
  #sorted: Entry[] = []

  /** Takes over entries that are in no order yet. */
  static of(entries: Entry[]): EntryIndex {
    const index = new EntryIndex()
    index.#sorted = entries.sort((a, b) => (a.key < b.key ? -1 : 1))
    for (const entry of entries) index.#byKey.set(entry.key, entry)
    return index
  }

  get size(): number {
    return this.#sorted.length
  }

  get(key: Key): Entry | undefined {
    return this.#byKey.get(key)
  }

  set(entry: Entry): void {
    const at = lowerBound(this.#sorted, entry.key)
    this.#sorted.splice(at, this.#byKey.has(entry.key) ? 1 : 0, entry)
    this.#byKey.set(entry.key, entry)
  }

  delete(key: Key): void {
    if (this.#byKey.delete(key)) this.#sorted.splice(lowerBound(this.#sorted, key), 1)
  }

  /** Entries whose key starts with `prefix`. */
  under(prefix: Key): Entry[] {
    const start = lowerBound(this.#sorted, prefix)
    return this.#sorted.slice(start, endOfPrefix(this.#sorted, prefix, start))
  }

  /** A page of `under(prefix)`, without copying the rest. */
  page(prefix: Key, from: Key | undefined, limit: number): { entries: Entry[]; next: Key | undefined; remaining: number } {
    return pageOf(this.#sorted, prefix, from, limit)
  }
}

/** A page of the entries under `prefix` in a sorted list, starting at `from`. */
export function pageOf(sorted: readonly Entry[], prefix: Key, from: Key | undefined, limit: number): { entries: Entry[]; next: Key | undefined; remaining: number } {
  const start = lowerBound(sorted, from !== undefined && from > prefix ? from : prefix)
  const end = endOfPrefix(sorted, prefix, start)
  const stop = Math.min(end, start + limit)
  return { entries: sorted.slice(start, stop), next: stop < end ? sorted[stop]?.key : undefined, remaining: end - stop }
}

/** The first position whose key is not below `key`. */
function lowerBound(sorted: readonly Entry[], key: Key): number {
  return partition(sorted, 0, (entry) => entry.key < key)
}

function endOfPrefix(sorted: readonly Entry[], prefix: Key, start: number): number {
  return partition(sorted, start, (entry) => entry.key.startsWith(prefix))
}

/** The first position from `start` on where `holds` no longer does; it must hold for a run at the start and nowhere after it. */
function partition(sorted: readonly Entry[], start: number, holds: (entry: Entry) => boolean): number {
  let low = start
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(sorted[middle] as Entry)) low = middle + 1
    else high = middle
  }
  return low
}
