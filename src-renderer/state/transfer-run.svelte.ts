import type { TransferProgress } from '../../src-main/common/contract/index.ts'
import type { Stream } from '../../src-main/common/rpc/stream.ts'
import { sentenceOf } from '../lib/errors.ts'

/** One move or restore of a volume as its dialog follows it. It is not begun again by itself: a broken one says why and waits for a person. */
export class TransferRun {
  progress = $state.raw<TransferProgress>()
  state = $state<'idle' | 'running' | 'done' | 'failed'>('idle')
  /** Why it failed: a sentence. */
  error = $state('')
  #iterator: AsyncIterator<TransferProgress> | undefined

  /** Resolves when it is over, however it ends. Nothing happens while another one runs. */
  async start(open: () => Stream<TransferProgress>): Promise<void> {
    if (this.state === 'running') return
    this.state = 'running'
    this.error = ''
    this.progress = undefined
    const iterator = open()[Symbol.asyncIterator]()
    this.#iterator = iterator
    try {
      for (let next = await iterator.next(); next.done !== true && this.#iterator === iterator; next = await iterator.next()) this.progress = next.value
      // A stream that ends before it said so was cut off.
      if (this.#iterator === iterator) this.state = this.#phase() === 'done' ? 'done' : 'failed'
    } catch (error) {
      if (this.#iterator !== iterator) return
      this.state = 'failed'
      this.error = sentenceOf(error)
    }
  }

  /** Gives up what has not switched yet, and forgets it. */
  leave(): void {
    const iterator = this.#iterator
    this.#iterator = undefined
    this.state = 'idle'
    this.progress = undefined
    this.error = ''
    // The source may be waiting for its next item: nobody waits for it to end.
    void iterator?.return?.().catch(() => undefined)
  }

  #phase(): TransferProgress['phase'] | undefined {
    return this.progress?.phase
  }
}
