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

/** Does `work` now and whenever the signal is raised, until `ended` is aborted (by this, too, when it fails): then it throws the reason. */
export async function repeat(due: Signal, ended: AbortController, work: () => Promise<void>): Promise<never> {
  ended.signal.addEventListener('abort', () => due.raise(), { once: true })
  due.raise()
  try {
    for (;;) {
      await due.wait()
      ended.signal.throwIfAborted()
      await work()
    }
  } catch (error) {
    ended.abort(error)
    throw ended.signal.reason
  }
}
