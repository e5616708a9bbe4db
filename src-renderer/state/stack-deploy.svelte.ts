import type { Cluster, StackPlan, Stacks } from '../../src-main/common/contract/index.ts'
import { sentenceOf } from '../lib/errors.ts'
import { m } from '../paraglide/messages.js'
import { StackRun } from './stack-run.svelte.ts'
import type { StackTextChoices } from './stack-text.svelte.ts'
import { wayBack, wayBackFromRotation } from './stack-undo.ts'
import type { WayBack } from './stack-undo.ts'
import { toasts } from './toasts.svelte.ts'

/** The deploy of a Compose text from the editor: what was there before is read first, so that it can be taken back. */
export class StackDeployment {
  readonly run = new StackRun()
  /** The stack of the text; '': services of no stack. */
  stack = $state('')
  readonly #stacks: Stacks
  readonly #cluster: Pick<Cluster, 'remove'>

  constructor(stacks: Stacks, cluster: Pick<Cluster, 'remove'>) {
    this.#stacks = stacks
    this.#cluster = cluster
  }

  /** Resolves when it is over, however it ends. True: it is done, and nothing has to be read by a person: a toast tells of it. */
  async start(text: string, choices: StackTextChoices): Promise<boolean> {
    const { plan } = choices
    const stack = (this.stack = plan?.stack ?? '')
    const rotated = choices.rotate ? plan?.changed ?? [] : []
    const way = plan === undefined ? undefined : await wayBack(this.#stacks, plan)
    if (!(await this.run.start(this.#stacks.deploy(choices.deployOf(text))))) return false
    choices.forget()
    if (this.run.steps.length === 0) toasts.show({ tone: 'info', text: m.stack_nothing() })
    else await this.#tell(stack === '' ? m.stack_deployed_loose() : m.stack_deployed({ name: stack }), way, rotated)
    return this.run.warnings.length === 0
  }

  async #tell(done: string, way: WayBack | undefined, rotated: StackPlan['changed']): Promise<void> {
    const back = way === undefined ? undefined : await wayBackFromRotation(this.#stacks, way, rotated).catch(() => undefined)
    toasts.show({ tone: 'ok', text: done, ...(back === undefined ? {} : { undo: () => this.#undo(back) }) })
  }

  async #undo(way: WayBack): Promise<void> {
    try {
      if ('stack' in way) await this.#toEnd(this.#stacks.remove(way.stack))
      else {
        for (const deploy of way.deploys) await this.#toEnd(this.#stacks.deploy(deploy))
        for (const ref of way.made) await this.#cluster.remove(ref)
      }
      toasts.show({ tone: 'info', text: m.done_undone() })
    } catch (error) {
      toasts.show({ tone: 'bad', text: m.undo_failed({ why: sentenceOf(error) }) })
    }
  }

  /** Rejects with why it did not come to its end. */
  async #toEnd(channel: ReturnType<Stacks['remove']>): Promise<void> {
    const back = new StackRun()
    await back.start(channel)
    if (back.state === 'done') return
    throw new Error(back.message === '' ? (back.plan?.problems.find(({ severity }) => severity === 'error')?.message ?? m.run_cut_off()) : back.message)
  }
}
