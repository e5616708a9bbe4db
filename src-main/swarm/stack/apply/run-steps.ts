import { sleep, systemClock } from '../../../common/clock.ts'
import { StatusError } from '../../../common/errors.ts'
import type { SwarmApi } from '../../docker/swarm-api.ts'
import { dockerStatus } from '../../../hosts/docker-error.ts'
import { saidByManager } from '../../docker/status-error.ts'
import { normalService, same } from '../normal.ts'
import { withContainer } from '../../docker/edit-spec.ts'
import { inSequence } from '../../docker/in-sequence.ts'
import { isOfContainers } from '../../docker/specs.ts'
import type { ContainerServiceSpec } from '../../docker/specs.ts'
import { StackStoppedError } from './stopped.ts'
import type { Step } from './steps.ts'
import { stepText } from './steps.ts'
import { untilUpdated } from './until-updated.ts'

/** How often an update is tried again because somebody (mostly Swarm itself, at work on the last one) changed the service meanwhile. */
const MOST_TRIES = 6

const NETWORK_DEADLINE_MS = 60_000
const NETWORK_PAUSE_MS = 200

export interface RunOptions {
  /** Between two steps: a step that began is done. */
  readonly signal?: AbortSignal
  /** Hears of steps before the first of them is done; a rotation has more at its end. */
  readonly planned?: (steps: readonly Step[]) => void
  /** Hears each step when it is done. */
  readonly did?: (step: string) => void
}

/** Does the steps, one after the other. A StackStoppedError tells how far it came. */
export async function runSteps(manager: SwarmApi, what: string, steps: readonly Step[], options: RunOptions): Promise<string[]> {
  const ids = new Ids(manager)
  options.planned?.(steps)
  for (const [i, step] of steps.entries()) {
    try {
      options.signal?.throwIfAborted()
      await run(manager, step, ids, options.signal)
    } catch (error) {
      throw new StackStoppedError(what, steps.slice(0, i), step, steps.slice(i + 1), error, options.signal?.aborted === true)
    }
    options.did?.(stepText(step))
  }
  return steps.map(stepText)
}

async function run(manager: SwarmApi, step: Step, ids: Ids, signal: AbortSignal | undefined): Promise<void> {
  switch (step.do) {
    case 'create network': return await manager.createNetwork(step.spec)
    case 'create file':
      ids.forget()
      return await manager.createFile(step.kind, step.spec, step.contents)
    case 'label file': return await manager.updateFile(step.kind, step.id, step.version, step.spec, step.contents)
    case 'create service': return await manager.createService(await ids.fill(step.spec), step.auth)
    case 'update service': return await update(manager, step, await ids.fill(step.spec))
    case 'wait': return await untilUpdated(manager, step.services, signal)
    case 'remove': return await remove(manager, step, signal)
  }
}

/**
 * A network is in use until the last task on it has ended, and even one that Docker says is removed is there until then: whoever deployed the stack again meanwhile would find it, and
 * lose it. So this waits, for a while; there is no event to wait for.
 */
async function remove(manager: SwarmApi, { kind, id }: Extract<Step, { do: 'remove' }>, signal: AbortSignal | undefined): Promise<void> {
  const end = systemClock.monotonic() + (kind === 'network' ? NETWORK_DEADLINE_MS : 0)
  for (;;) {
    const failure = await manager.remove(kind, id).then(() => undefined, (error: unknown) => error as Error)
    // Gone, or somebody else was faster.
    const isGone = failure === undefined || dockerStatus(failure) === 404 || /^network \S+ not found/.test(saidByManager(failure))
    if (isGone && (kind !== 'network' || !(await manager.allNetworks()).some(({ Id }) => Id === id))) return
    if (!isGone && (!/in use by task|has active endpoints/i.test(saidByManager(failure)) || systemClock.monotonic() > end)) throw failure
    if (systemClock.monotonic() > end) return
    await sleep(systemClock, NETWORK_PAUSE_MS, signal)
  }
}

/** Upon the version that was planned for; where somebody was faster, upon what is there now, if that is still what it was planned for. */
async function update(manager: SwarmApi, { live, auth }: Extract<Step, { do: 'update service' }>, spec: ContainerServiceSpec): Promise<void> {
  await inSequence(MOST_TRIES, async (first) => {
    if (first) return manager.updateService(live.id, live.version, spec, { auth })
    const { Spec, Version } = await manager.service(live.id)
    if (!isOfContainers(Spec) || !isSameButNetworks(Spec, live.spec)) throw new StatusError('Conflict', `somebody else changed the service ${spec.Name} meanwhile: look at the plan once more`)
    await manager.updateService(live.id, Version.Index, spec, { auth })
  })
}

/** What was planned was planned for what the service was. (Networks are told by ID here, and by name there.) */
function isSameButNetworks(a: ContainerServiceSpec, b: ContainerServiceSpec): boolean {
  const bare = (spec: ContainerServiceSpec): unknown => {
    const normal = normalService(spec)
    const { Secrets, Configs, Privileges: _, ...container } = normal.TaskTemplate.ContainerSpec
    const names = { Secrets: Secrets?.map(({ SecretName }) => SecretName), Configs: Configs?.map(({ ConfigName }) => ConfigName) }
    return { ...normal, TaskTemplate: { ...normal.TaskTemplate, Networks: undefined, ContainerSpec: { ...container, ...names } } }
  }
  return same(bare(a), bare(b))
}

/** The IDs of secrets and configs, which a service's spec must have beside their names. Asked for when first needed. */
class Ids {
  readonly #manager: SwarmApi
  #known: Promise<Map<string, string>> | undefined

  constructor(manager: SwarmApi) {
    this.#manager = manager
  }

  forget(): void {
    this.#known = undefined
  }

  async fill(spec: ContainerServiceSpec): Promise<ContainerServiceSpec> {
    const container = spec.TaskTemplate.ContainerSpec
    if (container.Secrets === undefined && container.Configs === undefined) return spec
    const known = await (this.#known ??= this.#read())
    const id = (kind: 'secret' | 'config', name: string): string => {
      const found = known.get(`${kind} ${name}`)
      if (found === undefined) throw new StatusError('NotFound', `the swarm has no ${kind} ${name}`)
      return found
    }
    const credentials = container.Privileges?.CredentialSpec
    return withContainer(spec, {
      ...(container.Secrets === undefined ? {} : { Secrets: container.Secrets.map((secret) => ({ ...secret, SecretID: id('secret', secret.SecretName) })) }),
      ...(container.Configs === undefined ? {} : { Configs: container.Configs.map((config) => ({ ...config, ConfigID: id('config', config.ConfigName) })) }),
      ...(credentials?.Config === undefined ? {} : { Privileges: { ...container.Privileges, CredentialSpec: { ...credentials, Config: id('config', credentials.Config) } } }),
    })
  }

  async #read(): Promise<Map<string, string>> {
    const [secrets, configs] = await Promise.all([this.#manager.files('secret'), this.#manager.files('config')])
    return new Map([...secrets.map(({ ID, Spec }) => [`secret ${Spec.Name}`, ID] as const), ...configs.map(({ ID, Spec }) => [`config ${Spec.Name}`, ID] as const)])
  }
}
