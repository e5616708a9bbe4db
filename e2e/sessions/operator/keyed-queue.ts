/** Works on keys one after the other: a key that is added while it waits is worked on once, one that fails is tried again a little later. */
export class KeyedQueue {
  readonly #reconcile: (key: string) => Promise<void>
  readonly #again = new Set<NodeJS.Timeout>()
  readonly #waiting = new Set<string>()
  #working: Promise<void> | undefined
  #stopped = false
  /** What went wrong and was tried again. */
  readonly failures: unknown[] = []

  constructor(reconcile: (key: string) => Promise<void>) {
    this.#reconcile = reconcile
  }

  add(key: string): void {
    if (this.#stopped) return
    this.#waiting.add(key)
    this.#working ??= this.#work().finally(() => (this.#working = undefined))
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#again) clearTimeout(timer)
    await this.#working
  }

  async #work(): Promise<void> {
    for (;;) {
      const [key] = this.#waiting
      if (key === undefined || this.#stopped) return
      this.#waiting.delete(key)
      await this.#reconcile(key).catch((error: unknown) => {
        this.failures.push(error)
        const timer = setTimeout(() => {
          this.#again.delete(timer)
          this.add(key)
        }, 50)
        this.#again.add(timer)
      })
    }
  }
}
