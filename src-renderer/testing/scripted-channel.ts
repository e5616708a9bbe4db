import type { Channel } from '../../src-main/common/rpc/stream.ts'

/** What a script can do: say something, and wait for what the other side says. */
export interface ScriptIo<In, Out> {
  say(output: Out): void
  hear(): Promise<In>
}

/** A channel whose other side is a script. Once it is closed the script hears nothing more and is not heard. */
export class ScriptedChannel<In, Out> implements Channel<In, Out> {
  readonly #in: In[] = []
  readonly #out: Out[] = []
  #wakeScript: () => void = () => undefined
  #wakeReader: () => void = () => undefined
  #over = false
  closed = false

  constructor(script: (io: ScriptIo<In, Out>) => Promise<void>) {
    void script({ say: (output) => this.#say(output), hear: () => this.#hear() }).finally(() => {
      this.#over = true
      this.#wakeReader()
    })
  }

  send(value: In): Promise<void> {
    this.#in.push(value)
    this.#wakeScript()
    return Promise.resolve()
  }

  close(): void {
    this.closed = true
    this.#wakeReader()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Out> {
    while (!this.closed) {
      const next = this.#out.shift()
      if (next !== undefined) yield next
      else if (this.#over) return
      else await new Promise<void>((resolve) => (this.#wakeReader = resolve))
    }
  }

  #say(output: Out): void {
    this.#out.push(output)
    this.#wakeReader()
  }

  async #hear(): Promise<In> {
    for (;;) {
      const next = this.#in.shift()
      if (next !== undefined) return next
      await new Promise<void>((resolve) => (this.#wakeScript = resolve))
    }
  }
}
