import type { Cluster, DrainProgress, ObjectRef } from '../../src-main/common/contract/index.ts'
import { sentenceOf } from '../lib/errors.ts'

/** One drain as its dialog follows it. It is not begun again by itself: a broken one says why and waits for a person. */
export class DrainRun {
  progress = $state.raw<DrainProgress>()
  state = $state<'idle' | 'running' | 'done' | 'failed'>('idle')
  /** Why it failed: a sentence. */
  error = $state<string>()
  readonly #cluster: Cluster
  readonly #onEnd: (node: ObjectRef, complete: boolean) => void
  #iterator: AsyncIterator<DrainProgress> | undefined

  /** `onEnd` hears of each run that began, once: whether the node is empty, or it was left before. */
  constructor(cluster: Cluster, onEnd: (node: ObjectRef, complete: boolean) => void) {
    this.#cluster = cluster
    this.#onEnd = onEnd
  }

  /** Resolves when it is over, however it ends. */
  async start(node: ObjectRef): Promise<void> {
    if (this.state === 'running') return
    this.state = 'running'
    this.error = undefined
    const iterator = this.#cluster.drain(node)[Symbol.asyncIterator]()
    this.#iterator = iterator
    try {
      for (let next = await iterator.next(); next.done !== true && this.#iterator === iterator; next = await iterator.next()) this.progress = next.value
      if (this.#iterator !== iterator) return this.#onEnd(node, false)
      // A stream that ends before it said so was cut off.
      this.state = this.progress?.done === true ? 'done' : 'failed'
      if (this.state === 'done') this.#onEnd(node, true)
    } catch (error) {
      if (this.#iterator !== iterator) return this.#onEnd(node, false)
      this.state = 'failed'
      this.error = sentenceOf(error)
    }
  }

  /** Cancels what is left of it, and forgets it. */
  leave(): void {
    const iterator = this.#iterator
    this.#iterator = undefined
    this.state = 'idle'
    this.progress = undefined
    this.error = undefined
    // The source may be waiting for its next item: nobody waits for it to end.
    void iterator?.return?.().catch(() => undefined)
  }
}
