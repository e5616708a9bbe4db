/** Values that came and nobody has read yet, as an async iterator. What came before the end or the failure is still read. */
export class Inbox<T> implements AsyncIterator<T, undefined> {
  readonly #values: T[] = []
  readonly #waiting: { resolve: (result: IteratorResult<T, undefined>) => void; reject: (error: Error) => void }[] = []
  #over: { error: Error | undefined } | undefined
  readonly #onRead: () => void
  readonly #onReturn: () => void

  /** `onRead` is called for each value that is read, `onReturn` when the reader leaves before the end. */
  constructor(onRead: () => void, onReturn: () => void) {
    this.#onRead = onRead
    this.#onReturn = onReturn
  }

  push(value: T): void {
    if (this.#over !== undefined) return
    const reader = this.#waiting.shift()
    if (reader === undefined) {
      this.#values.push(value)
      return
    }
    reader.resolve({ value, done: false })
    this.#onRead()
  }

  /** No more values; with an error, readers get it (once) after the last value. */
  finish(error?: Error): void {
    if (this.#over !== undefined) return
    this.#over = { error }
    for (const reader of this.#waiting.splice(0)) this.#end(reader)
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#values.length > 0) {
      const value = this.#values.shift() as T
      this.#onRead()
      return Promise.resolve({ value, done: false })
    }
    return new Promise((resolve, reject) => {
      if (this.#over === undefined) this.#waiting.push({ resolve, reject })
      else this.#end({ resolve, reject })
    })
  }

  return(): Promise<IteratorResult<T, undefined>> {
    const wasOpen = this.#over === undefined
    this.#over = { error: undefined }
    this.#values.length = 0
    for (const reader of this.#waiting.splice(0)) this.#end(reader)
    if (wasOpen) this.#onReturn()
    return Promise.resolve({ value: undefined, done: true })
  }

  #end(reader: { resolve: (result: IteratorResult<T, undefined>) => void; reject: (error: Error) => void }): void {
    const error = this.#over?.error
    this.#over = { error: undefined }
    if (error === undefined) reader.resolve({ value: undefined, done: true })
    else reader.reject(error)
  }
}
