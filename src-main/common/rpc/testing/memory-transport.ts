import type { Transport } from '../transport.ts'

/** Two ends of one pipe in memory. Messages are cloned and arrive in a later microtask, as on a real one. */
export function memoryTransports(): [Transport, Transport] {
  const a = new MemoryEnd()
  const b = new MemoryEnd()
  a.connect(b)
  b.connect(a)
  return [a, b]
}

class MemoryEnd implements Transport {
  #other: MemoryEnd | undefined
  #open = true
  #onMessage: ((message: unknown) => void) | undefined
  readonly #onClose: (() => void)[] = []
  readonly #early: unknown[] = []

  connect(other: MemoryEnd): void {
    this.#other = other
  }

  send(message: unknown): void {
    if (!this.#open) return
    const copy: unknown = structuredClone(message)
    queueMicrotask(() => this.#other?.receive(copy))
  }

  receive(message: unknown): void {
    if (!this.#open) return
    if (this.#onMessage === undefined) this.#early.push(message)
    else this.#onMessage(message)
  }

  onMessage(handler: (message: unknown) => void): void {
    this.#onMessage = handler
    for (const message of this.#early.splice(0)) handler(message)
  }

  onClose(handler: () => void): void {
    if (this.#open) this.#onClose.push(handler)
    else handler()
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    void this.#tellClosed()
    queueMicrotask(() => this.#other?.close())
  }

  /** One handler after the other, promise callbacks in between: as a browser's events do. */
  async #tellClosed(): Promise<void> {
    for (const handler of this.#onClose) {
      handler()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
