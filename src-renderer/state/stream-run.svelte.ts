import type { Stream } from '../../src-main/common/rpc/stream.ts'
import { sentenceOf } from '../lib/errors.ts'

/** Some long work as its dialog follows it. It is not begun again by itself: a broken one says why and waits for a person. */
export class StreamRun<T> {
  progress = $state.raw<T>()
  state = $state<'idle' | 'running' | 'done' | 'failed'>('idle')
  /** Why it failed: a sentence. */
  error = $state('')
  readonly #isDone: (last: T) => boolean
  #iterator: AsyncIterator<T> | undefined

  /** `isDone`: does the last item say that all is done? A stream that ends before it said so was cut off. */
  constructor(isDone: (last: T) => boolean) {
    this.#isDone = isDone
  }

  /** Resolves when it is over, however it ends. Nothing happens while another one runs. */
  async start(open: () => Stream<T>): Promise<void> {
    if (this.state === 'running') return
    this.state = 'running'
    this.error = ''
    this.progress = undefined
    const iterator = open()[Symbol.asyncIterator]()
    this.#iterator = iterator
    try {
      let last: T | undefined
      for (let next = await iterator.next(); next.done !== true && this.#iterator === iterator; next = await iterator.next()) this.progress = last = next.value
      if (this.#iterator === iterator) this.state = last !== undefined && this.#isDone(last) ? 'done' : 'failed'
    } catch (error) {
      if (this.#iterator !== iterator) return
      this.state = 'failed'
      this.error = sentenceOf(error)
    }
  }

  /** Gives up what is under way, and forgets it. */
  leave(): void {
    const iterator = this.#iterator
    this.#iterator = undefined
    this.state = 'idle'
    this.progress = undefined
    this.error = ''
    // The source may be waiting for its next item: nobody waits for it to end.
    void iterator?.return?.().catch(() => undefined)
  }
}
