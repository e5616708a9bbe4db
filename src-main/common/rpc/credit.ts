/** Permission to send: each value takes one credit, the receiver grants more as it reads. */
export class Credit {
  #left: number
  #closed = false
  readonly #waiting: ((granted: boolean) => void)[] = []

  constructor(initial: number) {
    this.#left = initial
  }

  /** Waits for a credit and takes it. False once closed. */
  take(): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false)
    if (this.#left > 0) {
      this.#left -= 1
      return Promise.resolve(true)
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  grant(count: number): void {
    this.#left += count
    while (this.#left > 0 && this.#waiting.length > 0) {
      this.#left -= 1
      this.#waiting.shift()?.(true)
    }
  }

  /** Lets go everyone who waits, with false. */
  close(): void {
    this.#closed = true
    for (const resolve of this.#waiting.splice(0)) resolve(false)
  }
}
