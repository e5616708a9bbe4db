import type { Rebalancing, RebalancePlan } from '../../src-main/common/contract/index.ts'
import { m } from '../paraglide/messages.js'
import { Answer } from './answer.svelte.ts'
import { valueFeed } from './feed.svelte.ts'
import { withToast } from './with-toast.ts'

/** Spreading pods anew from a dialog: the plan, then how it goes, which goes on when the dialog is closed. */
export class RebalanceTask {
  readonly plan = new Answer<RebalancePlan>()
  readonly state
  busy = $state(false)
  /** The run that is shown was begun here, or is under way: else the plan is shown. */
  #begun = $state(false)
  readonly #service: Rebalancing

  constructor(service: Rebalancing) {
    this.#service = service
    this.state = valueFeed(() => service.watch())
  }

  get isUnderWay(): boolean {
    const phase = this.state.value?.run?.phase
    return phase === 'Pending' || phase === 'Running' || phase === 'Waiting'
  }

  /** What there is to see of a run; undefined: the plan is to be seen. */
  get run() {
    return this.isUnderWay || this.#begun ? this.state.value?.run : undefined
  }

  /** Works out anew what would be moved. */
  async look(): Promise<void> {
    this.#begun = false
    await this.plan.ask(() => this.#service.plan())
  }

  async start(): Promise<void> {
    this.#begun = await this.#do(() => this.#service.start(), m.done_rebalance())
  }

  /** What was asked to go goes. */
  async stop(): Promise<void> {
    if (await this.#do(() => this.#service.stop(), m.done_rebalance_stopped())) await this.look()
  }

  async keep(on: boolean): Promise<void> {
    await this.#do(() => this.#service.keep(on), on ? m.done_rebalance_always() : m.done_rebalance_asked())
  }

  async #do(act: () => Promise<void>, done: string): Promise<boolean> {
    if (this.busy) return false
    this.busy = true
    const well = await withToast(act, done)
    this.busy = false
    return well
  }
}
