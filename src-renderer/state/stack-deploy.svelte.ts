import type { Stacks, StackText } from '../../src-main/common/contract/index.ts'
import { sentenceOf } from '../lib/errors.ts'
import { m } from '../paraglide/messages.js'
import { StackRun } from './stack-run.svelte.ts'
import type { StackTextChoices } from './stack-text.svelte.ts'
import { toasts } from './toasts.svelte.ts'

/** The deploy of a Compose text from the editor: what was there before is read first, so that it can be taken back. */
export class StackDeployment {
  readonly run = new StackRun()
  /** The stack of the text; '': services of no stack. */
  stack = $state('')
  readonly #stacks: Stacks

  constructor(stacks: Stacks) {
    this.#stacks = stacks
  }

  /** Resolves when it is over, however it ends. True: it is done, and nothing has to be read by a person: a toast tells of it. */
  async start(text: string, choices: StackTextChoices): Promise<boolean> {
    const stack = (this.stack = choices.plan?.stack ?? '')
    const before = await this.#before(stack)
    const rotated = choices.rotate && (choices.plan?.changed.length ?? 0) > 0
    if (!(await this.run.start(this.#stacks.deploy(choices.deployOf(text))))) return false
    choices.forget()
    const done = stack === '' ? m.stack_deployed_loose() : m.stack_deployed({ name: stack })
    // What a secret held before is known to nobody.
    const canUndo = stack !== '' && before !== 'unknown' && !rotated && this.run.steps.length > 0
    toasts.show({ tone: this.run.steps.length === 0 ? 'info' : 'ok', text: this.run.steps.length === 0 ? m.stack_nothing() : done, ...(canUndo ? { undo: () => this.#undo(stack, before) } : {}) })
    return this.run.warnings.length === 0
  }

  async #before(stack: string): Promise<StackText | undefined | 'unknown'> {
    if (stack === '') return 'unknown'
    try {
      return await this.#stacks.readBack({ stack })
    } catch {
      return undefined
    }
  }

  async #undo(stack: string, before: StackText | undefined | 'unknown'): Promise<void> {
    const back = new StackRun()
    try {
      await back.start(before === undefined || before === 'unknown' ? this.#stacks.remove(stack) : this.#stacks.deploy({ text: before.text, prune: true }))
      if (back.state === 'done') return void toasts.show({ tone: 'info', text: m.done_undone() })
      throw new Error(back.message === '' ? (back.plan?.problems.find(({ severity }) => severity === 'error')?.message ?? m.run_cut_off()) : back.message)
    } catch (error) {
      toasts.show({ tone: 'bad', text: m.undo_failed({ why: sentenceOf(error) }) })
    }
  }
}
