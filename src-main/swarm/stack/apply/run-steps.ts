import { sleep, systemClock } from '../../../common/clock.ts'
import { StatusError } from '../../../common/errors.ts'
import type { Manager } from '../manager.ts'
import { dockerStatus } from '../../../hosts/docker-error.ts'
import { isOutOfSequence, saidByManager } from '../../docker/status-error.ts'
import { normalService, same } from '../normal.ts'
import type { ServiceSpec } from '../specs.ts'
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
export async function runSteps(manager: Manager, what: string, steps: readonly Step[], options: RunOptions): Promise<string[]> {
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

async function run(manager: Manager, step: Step, ids: Ids, signal: AbortSignal | undefined): Promise<void> {
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
async function remove(manager: Manager, { kind, id }: Extract<Step, { do: 'remove' }>, signal: AbortSignal | undefined): Promise<void> {
  const end = systemClock.monotonic() + (kind === 'network' ? NETWORK_DEADLINE_MS : 0)
  for (;;) {
    const failure = await manager.remove(kind, id).then(() => undefined, (error: unknown) => error as Error)
    // Gone, or somebody else was faster.
    const isGone = failure === undefined || dockerStatus(failure) === 404 || /^network \S+ not found/.test(saidByManager(failure))
    if (isGone && (kind !== 'network' || !(await manager.networks()).some(({ Id }) => Id === id))) return
    if (!isGone && (!/in use by task|has active endpoints/i.test(saidByManager(failure)) || systemClock.monotonic() > end)) throw failure
    if (systemClock.monotonic() > end) return
    await sleep(systemClock, NETWORK_PAUSE_MS, signal)
  }
}

async function update(manager: Manager, { live, auth }: Extract<Step, { do: 'update service' }>, spec: ServiceSpec): Promise<void> {
  let { version } = live
  for (let tries = 1; ; tries++) {
    try {
      return await manager.updateService(live.id, version, spec, auth)
    } catch (error) {
      if (tries === MOST_TRIES || !isOutOfSequence(error)) throw error
    }
    const now = await manager.service(live.id)
    if (!isSameButNetworks(now.Spec, live.spec)) throw new StatusError('Conflict', `somebody else changed the service ${spec.Name} meanwhile: look at the plan once more`)
    version = now.Version.Index
  }
}

/** What was planned was planned for what the service was. (Networks are told by ID here, and by name there.) */
function isSameButNetworks(a: ServiceSpec, b: ServiceSpec): boolean {
  const bare = (spec: ServiceSpec): unknown => {
    const { Networks: _, ...task } = normalService(spec).TaskTemplate
    const { Secrets, Configs, Privileges: __, ...container } = task.ContainerSpec
    return { ...normalService(spec), TaskTemplate: { ...task, ContainerSpec: { ...container, Secrets: Secrets?.map(({ SecretName }) => SecretName), Configs: Configs?.map(({ ConfigName }) => ConfigName) } } }
  }
  return same(bare(a), bare(b))
}

/** The IDs of secrets and configs, which a service's spec must have beside their names. Asked for when first needed. */
class Ids {
  readonly #manager: Manager
  #known: Promise<Map<string, string>> | undefined

  constructor(manager: Manager) {
    this.#manager = manager
  }

  forget(): void {
    this.#known = undefined
  }

  async fill(spec: ServiceSpec): Promise<ServiceSpec> {
    const container = spec.TaskTemplate.ContainerSpec
    if (container.Secrets === undefined && container.Configs === undefined) return spec
    const known = await (this.#known ??= this.#read())
    const id = (kind: 'secret' | 'config', name: string): string => {
      const found = known.get(`${kind} ${name}`)
      if (found === undefined) throw new StatusError('NotFound', `the swarm has no ${kind} ${name}`)
      return found
    }
    const credentials = container.Privileges?.CredentialSpec
    return {
      ...spec,
      TaskTemplate: {
        ...spec.TaskTemplate,
        ContainerSpec: {
          ...container,
          ...(container.Secrets === undefined ? {} : { Secrets: container.Secrets.map((secret) => ({ ...secret, SecretID: id('secret', secret.SecretName) })) }),
          ...(container.Configs === undefined ? {} : { Configs: container.Configs.map((config) => ({ ...config, ConfigID: id('config', config.ConfigName) })) }),
          ...(credentials?.Config === undefined ? {} : { Privileges: { ...container.Privileges, CredentialSpec: { ...credentials, Config: id('config', credentials.Config) } } }),
        },
      },
    }
  }

  async #read(): Promise<Map<string, string>> {
    const [secrets, configs] = await Promise.all([this.#manager.files('secret'), this.#manager.files('config')])
    return new Map([...secrets.map(({ ID, Spec }) => [`secret ${Spec.Name}`, ID] as const), ...configs.map(({ ID, Spec }) => [`config ${Spec.Name}`, ID] as const)])
  }
}
