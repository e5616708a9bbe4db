import type { StackInput, StackPlan, StackProgress, StackStep } from '../../src-main/common/contract/index.ts'
import type { Channel } from '../../src-main/common/rpc/stream.ts'
import { sentenceOf } from '../lib/errors.ts'
import { m } from '../paraglide/messages.js'
import { toasts } from './toasts.svelte.ts'

/** `stopping`: its present step is the last. `stopped`: it did not come to its end, and doing it again goes on from there. `refused`: nothing was done. */
export type StackRunState = 'idle' | 'running' | 'stopping' | 'done' | 'stopped' | 'refused' | 'failed'

/** One deploy, removal or rotation as its dialog follows it. It is not begun again by itself. */
export class StackRun {
  state = $state<StackRunState>('idle')
  steps = $state.raw<readonly StackStep[]>([])
  /** So many of the steps are done. */
  done = $state(0)
  /** Why it stopped or failed: a sentence; '' for one that was cut off. */
  message = $state('')
  /** When it is done: what somebody should know. */
  warnings = $state.raw<readonly string[]>([])
  /** Why it was refused. */
  plan = $state.raw<StackPlan>()
  #channel: Channel<StackInput, StackProgress> | undefined

  get isOver(): boolean {
    return this.state !== 'idle' && this.state !== 'running' && this.state !== 'stopping'
  }

  get #isDone(): boolean {
    return this.state === 'done'
  }

  /** Resolves when it is over, however it ends; true: it came to its end. */
  async start(channel: Channel<StackInput, StackProgress>): Promise<boolean> {
    this.leave()
    this.#channel = channel
    this.state = 'running'
    try {
      for await (const progress of channel) {
        if (this.#channel !== channel) return false
        this.#take(progress)
      }
      // One that ends before it said so was cut off.
      if (this.#channel === channel && !this.isOver) this.state = 'failed'
    } catch (error) {
      if (this.#channel !== channel) return false
      this.state = 'failed'
      this.message = sentenceOf(error)
    }
    return this.#channel === channel && this.#isDone
  }

  /** After the present step. */
  stop(): void {
    if (this.state !== 'running') return
    this.state = 'stopping'
    void this.#channel?.send({ type: 'stop' }).catch(() => undefined)
  }

  /** As `leave`, by a person: one that was not over says what becomes of it. */
  abandon(): void {
    if (this.state === 'running' || this.state === 'stopping') toasts.show({ tone: 'info', text: m.run_left() })
    this.leave()
  }

  /** Hangs up, which stops it after the present step, and forgets it. */
  leave(): void {
    this.#channel?.close()
    this.#channel = undefined
    this.state = 'idle'
    this.steps = []
    this.done = 0
    this.message = ''
    this.warnings = []
    this.plan = undefined
  }

  #take(progress: StackProgress): void {
    switch (progress.type) {
      case 'steps':
        this.steps = progress.steps
        break
      case 'did':
        this.done = progress.done
        break
      case 'stopped':
        this.done = progress.done
        this.message = progress.message
        this.state = 'stopped'
        break
      case 'refused':
        this.plan = progress.plan
        this.state = 'refused'
        break
      case 'done':
        this.warnings = progress.warnings
        this.done = this.steps.length
        this.state = 'done'
    }
  }
}
