/**
 * Which containers of a node are held still (the kernel's freezer), so that nobody begins a program in one meanwhile. One that is frozen while Docker is still
 * putting it into its container leaves Docker waiting for it for ever, and unable to let the container go on: seen on Docker 20.10, with a readiness probe.
 */
export class ContainerHolds {
  /** By container: until when it is held. */
  readonly #held = new Map<string, Promise<unknown>>()
  /** By container: programs that are on their way into it. */
  readonly #beginning = new Map<string, Set<Promise<unknown>>>()

  /** Begins a program in a container: at once, or when it is not held any more. */
  async begin<T>(id: string, start: () => Promise<T>): Promise<T> {
    for (let held = this.#held.get(id); held !== undefined; held = this.#held.get(id)) await held
    const starting = start()
    const all = this.#beginning.get(id) ?? new Set()
    this.#beginning.set(id, all.add(starting))
    try {
      return await starting
    } finally {
      all.delete(starting)
      if (all.size === 0 && this.#beginning.get(id) === all) this.#beginning.delete(id)
    }
  }

  /** Does `work` while nothing begins in these containers; what was beginning has begun by then. Holds of one container come one after the other. */
  async hold<T>(ids: readonly string[], work: () => Promise<T>): Promise<T> {
    for (let other = this.#other(ids); other !== undefined; other = this.#other(ids)) await other
    let end: () => void = () => undefined
    const until = new Promise<void>((resolve) => (end = resolve))
    for (const id of ids) this.#held.set(id, until)
    try {
      await Promise.allSettled(ids.flatMap((id) => [...(this.#beginning.get(id) ?? [])]))
      return await work()
    } finally {
      for (const id of ids) this.#held.delete(id)
      end()
    }
  }

  #other(ids: readonly string[]): Promise<unknown> | undefined {
    return ids.map((id) => this.#held.get(id)).find((held) => held !== undefined)
  }
}
