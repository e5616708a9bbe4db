/** Bytes between a producer and one consumer, in order. `push` waits while more than `limit` bytes are unread. */
export class ByteQueue implements AsyncIterable<Uint8Array> {
  readonly #limit: number
  readonly #onRead: (bytes: number) => void
  #chunks: Uint8Array[] = []
  #size = 0
  #ended = false
  #error: Error | undefined
  #wakeReader: (() => void) | undefined
  #wakeWriters: (() => void)[] = []

  /** `onRead` hears how many bytes the consumer took. */
  constructor(limit: number, onRead: (bytes: number) => void = () => undefined) {
    this.#limit = limit
    this.#onRead = onRead
  }

  /** Does `push` wait? */
  get full(): boolean {
    return this.#size > this.#limit && !this.#ended
  }

  /** Takes a chunk; resolves when there is room for more. What comes after the end is dropped. */
  push(chunk: Uint8Array): Promise<void> {
    if (this.#ended || chunk.length === 0) return Promise.resolve()
    this.#chunks.push(chunk)
    this.#size += chunk.length
    this.#wake()
    if (this.#size <= this.#limit) return Promise.resolve()
    return new Promise((resolve) => this.#wakeWriters.push(resolve))
  }

  /** No more follows; the consumer still gets what is there. */
  end(): void {
    this.#ended = true
    this.#wake()
    this.#release()
  }

  /** Ends at once: the consumer gets no more, and the error if there is one. */
  destroy(error?: Error): void {
    this.#chunks = []
    this.#size = 0
    this.#error ??= error
    this.end()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = this.#chunks.shift()
        if (chunk !== undefined) {
          this.#size -= chunk.length
          this.#onRead(chunk.length)
          if (this.#size <= this.#limit) this.#release()
          yield chunk
        } else if (this.#error !== undefined) throw this.#error
        else if (this.#ended) return
        else await new Promise<void>((resolve) => (this.#wakeReader = resolve))
      }
    } finally {
      // The consumer has left: nobody waits for it.
      this.#ended = true
      this.#chunks = []
      this.#release()
    }
  }

  #wake(): void {
    this.#wakeReader?.()
    this.#wakeReader = undefined
  }

  #release(): void {
    for (const resolve of this.#wakeWriters.splice(0)) resolve()
  }
}
