import type { Clock } from '../../common/clock.ts'
import { readCompose } from '../../common/compose/read.ts'
import type { Plan, Problem, StackDeploy, StackPlan, SwarmFileRef } from '../../common/contract/index.ts'
import { StatusError } from '../../common/errors.ts'
import type { RegistryLogins } from '../../swarm/cluster/registry-logins.ts'
import type { StackTexts } from '../../swarm/cluster/swarm-cluster.ts'
import { runDecision } from '../../swarm/stack/apply/apply.ts'
import type { ApplyOptions } from '../../swarm/stack/apply/decide.ts'
import type { DeployDecision } from '../../swarm/stack/apply/plan.ts'
import { decide, planOf } from '../../swarm/stack/apply/plan.ts'
import type { ResolvedImage } from '../../swarm/stack/apply/resolve-images.ts'
import type { RunOptions } from '../../swarm/stack/apply/run-steps.ts'
import { readSwarm } from '../../swarm/stack/live-stack.ts'
import { SwarmApi } from '../../swarm/docker/swarm-api.ts'
import { NO_STACK, NO_STACK_KEY } from '../../swarm/stack/names.ts'
import { readBackService } from '../../swarm/stack/read-back/read-back.ts'
import { stackOf } from '../../swarm/stack/stack-of.ts'
import type { StackReading } from '../../swarm/stack/stack-of.ts'
import type { SwarmState } from '../../swarm/state/swarm-state.ts'
import { filesNamedBy } from './named-files.ts'
import type { StackOutcome } from './stack-channel.ts'

/** So long what a registry said of an image is good enough for a plan; milliseconds. */
const ANSWER_MS = 60_000

/** A text that was read: the stack, or why there is none. */
type ReadText = { readonly reading: StackReading } | { readonly problems: Problem[] }

/** What Compose texts do to a swarm. The stack is called what `name:` says; `docker stack deploy` takes it from its command line. */
export class ComposeStacks implements StackTexts {
  readonly #state: Pick<SwarmState, 'synced' | 'managerHost'>
  readonly #logins: Pick<RegistryLogins, 'for'>
  readonly #clock: Clock
  /** What registries said, and when: a text is planned anew at each pause of typing, and registries count how often they are asked. */
  #answers = new Map<string, { at: number; said: ResolvedImage }>()

  constructor(state: Pick<SwarmState, 'synced' | 'managerHost'>, logins: Pick<RegistryLogins, 'for'>, clock: Clock) {
    this.#state = state
    this.#logins = logins
    this.#clock = clock
  }

  async plan(text: string): Promise<Plan> {
    const { changes, problems } = await this.planDeploy({ text })
    return { changes, problems }
  }

  async apply(text: string): Promise<Plan> {
    let plan: Plan = { changes: [], problems: [] }
    try {
      const outcome = await this.deploy({ text }, {}, (planned) => (plan = planned))
      const { changes, problems } = 'refused' in outcome ? outcome.refused : plan
      return { changes, problems }
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      return { changes: plan.changes, problems: [...plan.problems, { severity: 'error', message: error.message }] }
    }
  }

  /** The service's stack as a text, or itself where it is in none. */
  async read(service: string): Promise<string> {
    await this.#state.synced
    return readBackService(await readSwarm(new SwarmApi(this.#state.managerHost.docker)), service).text
  }

  async planDeploy(deploy: StackDeploy): Promise<StackPlan> {
    return (await this.#decide(deploy, this.#fresh())).plan
  }

  /** `onPlan` hears what it will do before the first step. A StackStoppedError when it stops midway. */
  async deploy(deploy: StackDeploy, run: RunOptions = {}, onPlan?: (plan: StackPlan) => void): Promise<StackOutcome> {
    // A tag may have a new image since it was planned.
    const { plan, decided } = await this.#decide(deploy, new Map())
    if (decided === undefined || plan.problems.some(({ severity }) => severity === 'error')) return { refused: plan }
    onPlan?.(plan)
    const { warnings } = await runDecision(this.#state.managerHost.docker, decided.reading, decided.decision, { ...this.#options(deploy, decided.reading.stack.name), ...run })
    // Those that the plan showed already need not be said again.
    const shown = new Set(plan.problems.map(({ message }) => message))
    return { warnings: warnings.filter((warning) => !shown.has(warning)) }
  }

  async #decide(deploy: StackDeploy, answered: ReadonlyMap<string, ResolvedImage>): Promise<{ plan: StackPlan; decided?: { reading: StackReading; decision: DeployDecision } }> {
    const files = filesNamedBy(deploy)
    const read = modelOf(deploy)
    // What is wrong with a text is said with no swarm there, too.
    if ('problems' in read) return { plan: { changes: [], problems: read.problems, files, changed: [], missing: [] } }
    await this.#state.synced
    const { docker } = this.#state.managerHost
    const { ApiVersion: api } = await docker.version()
    const reading = read.stack(api)
    const decision = await decide(new SwarmApi(docker), reading, { ...this.#options(deploy, reading.stack.name), answered })
    for (const [image, said] of decision.images) if (said.problem === undefined && !answered.has(image)) this.#answers.set(image, { at: this.#clock.now(), said })
    const { changes, problems, changed, missing } = planOf(reading, decision)
    const stack = reading.stack.name === NO_STACK ? {} : { stack: reading.stack.name }
    return { plan: { changes, problems, ...stack, files, changed: changed.map(({ kind, name }): SwarmFileRef => ({ kind, name })), missing: [...missing] }, decided: { reading, decision } }
  }

  #fresh(): Map<string, ResolvedImage> {
    const oldest = this.#clock.now() - ANSWER_MS
    this.#answers = new Map([...this.#answers].filter(([, { at }]) => at > oldest))
    return new Map([...this.#answers].map(([image, { said }]) => [image, said]))
  }

  #options({ rotate, prune }: StackDeploy, stack: string): ApplyOptions {
    return { auth: (image) => this.#logins.for(stack, image), ...(rotate === undefined ? {} : { rotate }), ...(prune === undefined ? {} : { prune }) }
  }
}

/** The stack that a text describes, or why there is none. Nothing beside the text is read but what `files` gives: other files that it names are refused, with their place. */
export function readStackText(deploy: Pick<StackDeploy, 'text' | 'files'>): ReadText {
  const read = modelOf(deploy)
  return 'problems' in read ? read : { reading: read.stack() }
}

/** A text as far as it says what it means anywhere; `stack` makes the stack of it. `api`: the version of Docker's API there, which does not have every field. */
function modelOf({ text, files = {} }: Pick<StackDeploy, 'text' | 'files'>): { readonly stack: (api?: string) => StackReading } | { readonly problems: Problem[] } {
  const { model, problems, place } = readCompose(text, { files })
  if (model === undefined) return { problems }
  const { name, [NO_STACK_KEY]: alone, ...rest } = model
  // Its services are looked at all the same, as if they were in no stack.
  if ((name ?? '') === '' && alone !== true) return { problems: [...problems, ...stackOf(rest, NO_STACK, { place, files }).problems, { severity: 'error', message: 'The stack has no name: write one at the top, such as "name: shop". Its services are then called shop_web and so on.', line: 1, column: 1, field: 'name' }] }
  if (name !== undefined && alone === true) return { problems: [...problems, { severity: 'error', message: `The text has a name and says ${NO_STACK_KEY}: leave one of them out.`, ...place([NO_STACK_KEY]), field: NO_STACK_KEY }] }
  return {
    stack: (api) => {
      const reading = stackOf(rest, name ?? NO_STACK, { place, files, ...(api === undefined ? {} : { api }) })
      return { ...reading, problems: [...problems, ...reading.problems] }
    },
  }
}
