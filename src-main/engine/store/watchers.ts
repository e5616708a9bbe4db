import type { Change, Key } from './store.ts'

interface Watcher {
  readonly prefix: Key
  readonly onChanges: (changes: readonly Change[]) => void
  /** Not yet told; undefined once the past has been told. */
  waiting: Change[] | undefined
}

/** Those who watch. Each is told in order, whole batches, first its past (in a microtask, so that `watch` has returned), then the rest. */
export class Watchers {
  readonly #watchers = new Set<Watcher>()

  /** Returns a function that ends it. */
  add(prefix: Key, past: Change[], onChanges: (changes: readonly Change[]) => void): () => void {
    const watcher: Watcher = { prefix, onChanges, waiting: past }
    this.#watchers.add(watcher)
    queueMicrotask(() => {
      const waiting = watcher.waiting ?? []
      watcher.waiting = undefined
      this.#tell(watcher, waiting)
    })
    return () => void this.#watchers.delete(watcher)
  }

  publish(changes: readonly Change[]): void {
    for (const watcher of [...this.#watchers]) {
      const mine = watcher.prefix === '' ? changes : changes.filter((change) => change.key.startsWith(watcher.prefix))
      if (watcher.waiting !== undefined) watcher.waiting.push(...mine)
      else this.#tell(watcher, mine)
    }
  }

  clear(): void {
    this.#watchers.clear()
  }

  #tell(watcher: Watcher, changes: readonly Change[]): void {
    if (changes.length === 0 || !this.#watchers.has(watcher)) return
    try {
      watcher.onChanges(changes)
    } catch (error) {
      // A broken watcher must not keep the others from hearing, nor go unheard itself.
      queueMicrotask(() => {
        throw error
      })
    }
  }
}
