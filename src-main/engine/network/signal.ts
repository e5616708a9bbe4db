/** Tells one waiter that something changed; changes before it waits again are one. */
export class Signal {
  #raised = false
  #wake: (() => void) | undefined

  raise(): void {
    this.#raised = true
    this.#wake?.()
  }

  /** Resolves at once if raised since the last wait, else when it is. */
  async wait(): Promise<void> {
    if (!this.#raised) await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#wake = undefined
    this.#raised = false
  }
}
