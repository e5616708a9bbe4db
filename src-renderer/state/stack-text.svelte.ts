import type { Plan, StackDeploy, StackPlan, Stacks } from '../../src-main/common/contract/index.ts'

/** What a person decides about a Compose text beside the text itself. Contents of files stay in memory: they may be secrets. */
export class StackTextChoices {
  rotate = $state(false)
  prune = $state(false)
  files = $state.raw<Readonly<Record<string, string>>>({})
  /** What was last planned. */
  plan = $state.raw<StackPlan>()
  readonly #stacks: Pick<Stacks, 'plan'>

  constructor(stacks: Pick<Stacks, 'plan'>) {
    this.#stacks = stacks
  }

  /** A text with these choices. */
  deployOf(text: string): StackDeploy {
    return { text, files: { ...this.files }, rotate: this.rotate, prune: this.prune }
  }

  /** As a draft asks it. */
  async planOf(text: string): Promise<Plan> {
    const plan = await this.#stacks.plan(this.deployOf(text))
    this.plan = plan
    return plan
  }

  give(path: string, content: string): void {
    this.files = { ...this.files, [path]: content }
  }

  /** After a deploy: contents are forgotten, and nothing is decided any more. */
  forget(): void {
    this.files = {}
    this.rotate = false
    this.prune = false
  }
}
