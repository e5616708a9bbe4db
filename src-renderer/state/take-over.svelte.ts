import type { Driving, TakeOverPlan, TakeOverStep } from '../../src-main/common/contract/index.ts'
import { sentenceOf } from '../lib/errors.ts'

export const TAKE_OVER_STEPS: readonly TakeOverStep['step'][] = ['look', 'restore', 'drive']

/** Taking a cluster over: what it would find, then its steps. */
export class TakeOver {
  phase = $state<'looking' | 'planned' | 'running' | 'done' | 'failed'>('looking')
  plan = $state.raw<TakeOverPlan>()
  step = $state<TakeOverStep['step']>()
  messages = $state.raw<Partial<Record<TakeOverStep['step'], string>>>({})
  /** Why it did not work: a sentence. */
  problem = $state('')
  readonly #driving: Driving
  #run: AsyncIterator<TakeOverStep> | undefined

  constructor(driving: Driving) {
    this.#driving = driving
  }

  /** Asks the servers; nothing is changed. */
  async look(): Promise<void> {
    this.phase = 'looking'
    try {
      this.plan = await this.#driving.takeOverPlan()
      this.phase = 'planned'
    } catch (error) {
      this.#fail(error)
    }
  }

  async begin(): Promise<void> {
    this.phase = 'running'
    this.messages = {}
    this.step = undefined
    const run = this.#driving.takeOver()[Symbol.asyncIterator]()
    this.#run = run
    try {
      for (let next = await run.next(); next.done !== true; next = await run.next()) {
        if (this.#run !== run) return
        this.step = next.value.step
        this.messages = { ...this.messages, [next.value.step]: next.value.message }
      }
      if (this.#run === run) this.phase = 'done'
    } catch (error) {
      if (this.#run === run) this.#fail(error)
    }
  }

  /** Leaves; what has not begun to drive stays as it was. */
  cancel(): void {
    const run = this.#run
    this.#run = undefined
    void run?.return?.()
  }

  #fail(error: unknown): void {
    this.problem = sentenceOf(error)
    this.phase = 'failed'
  }
}
