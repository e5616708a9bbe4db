import type { Clock } from '../../common/clock.ts'
import type {
  Batch, NewSwarmFile, NewSwarmNetwork, ObjectRef, Plan, Rotation, StackDeploy, StackDetail, StackInput, StackPlan, StackProgress, Stacks, StackSummary, StackTarget, StackText, SwarmFileRef, SwarmFileSummary,
  SwarmNetworkSummary,
} from '../../common/contract/index.ts'
import { badRequest, StatusError } from '../../common/errors.ts'
import type { Channel, Stream } from '../../common/rpc/stream.ts'
import { watchList, watchValue } from '../../common/rpc/watches.ts'
import { asking } from '../../swarm/docker/status-error.ts'
import { planRemoval, removeStack } from '../../swarm/stack/apply/remove.ts'
import { planRotation, rotateFile } from '../../swarm/stack/apply/rotate.ts'
import { Contents } from '../../swarm/docker/contents.ts'
import { sizeProblem } from '../../swarm/stack/convert/files.ts'
import type { LiveSwarm } from '../../swarm/stack/live-stack.ts'
import { readSwarm } from '../../swarm/stack/live-stack.ts'
import { SwarmApi } from '../../swarm/docker/swarm-api.ts'
import { nameProblem } from '../../swarm/stack/names.ts'
import { readBackService, readBackText } from '../../swarm/stack/read-back/read-back.ts'
import { ALL_LISTS } from '../../swarm/state/picture.ts'
import type { SwarmState } from '../../swarm/state/swarm-state.ts'
import { SwarmSnapshot } from '../../swarm/views/snapshot.ts'
import { fileSummaries, networkSummaries } from '../../swarm/views/stack-parts.ts'
import { stackDetail, stackSummaries } from '../../swarm/views/stacks.ts'
import type { StackOutcome } from './stack-channel.ts'
import { stackChannel } from './stack-channel.ts'
import type { ComposeStacks } from './stack-texts.ts'

/** Lists follow a change at once, then at most this often; milliseconds. */
const LIST_MS = 100

/** The screens' stacks, on the swarm that is followed. */
export class StacksService implements Stacks {
  readonly #state: SwarmState
  readonly #texts: ComposeStacks
  readonly #clock: Clock

  constructor(state: SwarmState, texts: ComposeStacks, clock: Clock) {
    this.#state = state
    this.#texts = texts
    this.#clock = clock
  }

  watch(): Stream<Batch<StackSummary>> {
    return watchList(this.#state, this.#clock, LIST_MS, () => stackSummaries(new SwarmSnapshot(this.#state.now)))
  }

  watchStack(name: string): Stream<StackDetail> {
    return watchValue(this.#state, this.#clock, LIST_MS, () => {
      const stack = stackDetail(new SwarmSnapshot(this.#state.now), name)
      if (stack === undefined) throw new StatusError('NotFound', `There is no stack ${name} (any more).`)
      return stack
    })
  }

  watchFiles(): Stream<Batch<SwarmFileSummary>> {
    return watchList(this.#state, this.#clock, LIST_MS, () => fileSummaries(this.#state.now))
  }

  watchNetworks(): Stream<Batch<SwarmNetworkSummary>> {
    return watchList(this.#state, this.#clock, LIST_MS, () => networkSummaries(this.#state.now))
  }

  async readBack(of: StackTarget): Promise<StackText> {
    const swarm = await this.#swarm()
    const { stack, text, lost, notes } = 'service' in of ? readBackService(swarm, of.service) : { ...readBackText(swarm, of.stack), stack: of.stack }
    return { stack, text, lost: [...lost], notes: [...notes] }
  }

  plan(deploy: StackDeploy): Promise<StackPlan> {
    return this.#texts.planDeploy(deploy)
  }

  deploy(deploy: StackDeploy): Channel<StackInput, StackProgress> {
    return this.#channel((options) => this.#texts.deploy(deploy, options))
  }

  async removalPlan(stack: string): Promise<Plan> {
    const name = named(stack)
    return planRemoval(await this.#docker(), name)
  }

  remove(stack: string): Channel<StackInput, StackProgress> {
    return this.#channel(async (options) => {
      const name = named(stack)
      await removeStack(await this.#docker(), name, options)
      return { warnings: [] }
    })
  }

  async rotationPlan({ kind, name, content }: Rotation): Promise<Plan> {
    return planRotation(await this.#docker(), { kind, name, contents: contentsOf(content) })
  }

  rotate({ kind, name, content }: Rotation): Channel<StackInput, StackProgress> {
    return this.#channel(async (options) => ({ warnings: (await rotateFile(await this.#docker(), { kind, name, contents: contentsOf(content) }, options)).warnings }))
  }

  async createFile({ kind, name, content, labels = {} }: NewSwarmFile): Promise<void> {
    const contents = new Contents(content)
    const wrong = nameProblem(kind, name) ?? sizeProblem(kind, name, contents)
    if (wrong !== undefined) throw badRequest(wrong)
    const manager = new SwarmApi(await this.#docker())
    if ((await asking(manager.files(kind))).some(({ Spec }) => Spec.Name === name)) throw new StatusError('AlreadyExists', `There is a ${kind} ${name} already: choose another name, or rotate that one to give it another content.`)
    await this.#looked(asking(manager.createFile(kind, { Name: name, Labels: labels }, contents)))
  }

  async removeFile({ kind, name }: SwarmFileRef): Promise<void> {
    await this.#state.synced
    const file = fileSummaries(this.#state.now).find((one) => one.kind === kind && one.name === name)
    if (file === undefined) throw new StatusError('NotFound', `There is no ${kind} ${name} (any more).`)
    refuseUsed(`The ${kind} ${name}`, 'uses', file.users)
    const manager = new SwarmApi(await this.#docker())
    const ids = new Map((await manager.files(kind)).map(({ ID, Spec }) => [Spec.Name, ID]))
    await this.#looked(asking(Promise.all(file.versions.map(async (version) => {
      const id = ids.get(version.name)
      if (id !== undefined) await manager.remove(kind, id)
    }))))
  }

  async createNetwork({ name, attachable, encrypted, internal }: NewSwarmNetwork): Promise<void> {
    const wrong = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name) ? undefined : `"${name}" cannot be the name of a network: use letters, digits, dots, dashes and underscores, with a letter or a digit first.`
    if (wrong !== undefined) throw badRequest(wrong)
    await this.#looked(asking(new SwarmApi(await this.#docker()).createNetwork({ Name: name, Driver: 'overlay', Attachable: attachable, Internal: internal, Options: encrypted ? { encrypted: '' } : {} })))
  }

  async removeNetwork(name: string): Promise<void> {
    await this.#state.synced
    const network = networkSummaries(this.#state.now).find((one) => one.name === name)
    if (network === undefined) throw new StatusError('NotFound', `There is no network ${name} (any more).`)
    if (network.ingress) throw badRequest(`${name} is Swarm's own network for published ports: without it no port that all nodes publish would answer.`)
    refuseUsed(`The network ${name}`, 'is on', network.users)
    await this.#looked(asking(this.#state.api.remove('network', network.id)))
  }

  async #docker(): Promise<ConstructorParameters<typeof SwarmApi>[0]> {
    await this.#state.synced
    return this.#state.managerHost.docker
  }

  async #swarm(): Promise<LiveSwarm> {
    return readSwarm(new SwarmApi(await this.#docker()))
  }

  /** What was changed from here is in the picture when the change ends: a screen that opens then finds it. */
  #channel(run: (options: Parameters<Parameters<typeof stackChannel>[0]>[0]) => Promise<StackOutcome>): Channel<StackInput, StackProgress> {
    return stackChannel((options) => this.#looked(asking(run(options))))
  }

  async #looked<T>(change: Promise<T>): Promise<T> {
    try {
      return await change
    } finally {
      await this.#state.looked(ALL_LISTS)
    }
  }
}

function contentsOf(content: string | undefined): Contents | undefined {
  return content === undefined ? undefined : new Contents(content)
}

function named(stack: string): string {
  if (stack === '') throw badRequest('Services without a stack are removed one by one.')
  return stack
}

function refuseUsed(what: string, how: string, users: readonly ObjectRef[]): void {
  if (users.length > 0) throw new StatusError('Conflict', `${what} cannot be removed: ${users.map(({ name }) => name).join(', ')} ${users.length === 1 ? how : how.replace('uses', 'use').replace('is on', 'are on')} it. Take it out of there first.`)
}
