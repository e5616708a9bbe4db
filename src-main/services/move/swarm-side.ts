import { badRequest } from '../../common/errors.ts'
import type { Host } from '../../hosts/host.ts'
import { changeService } from '../../swarm/cluster/change-service.ts'
import type { ServiceSpec } from '../../swarm/docker/specs.ts'
import type { SwarmService, SwarmTask } from '../../swarm/docker/types.ts'
import { dockerStatus } from '../../hosts/docker-error.ts'
import { applyStack } from '../../swarm/stack/apply/apply.ts'
import { removeStack } from '../../swarm/stack/apply/remove.ts'
import { inStack, readSwarm } from '../../swarm/stack/live-stack.ts'
import { SwarmApi } from '../../swarm/docker/swarm-api.ts'
import { scoped } from '../../swarm/stack/names.ts'
import { stackOf } from '../../swarm/stack/stack-of.ts'
import type { StackReading } from '../../swarm/stack/stack-of.ts'
import { SWARM_API } from '../../swarm/views/refs.ts'
import { taskReason } from '../../swarm/views/task-reason.ts'
import { freedService, heldService } from './hold.ts'
import type { MoveParts, Side } from './move-parts.ts'
import { ENDED_MS, listens, READY_MS } from './move-parts.ts'
import type { MoveRecord } from './record.ts'
import { stillUsed } from './still-used.ts'
import type { SaveMade } from './cluster-side.ts'
import type { Hopeless, Tell } from './until.ts'
import { until } from './until.ts'

/** Docker's bridge on which tasks of overlay networks meet their server. */
const GATEWAY_NETWORK = 'docker_gwbridge'
/** Reasons of tasks that waiting does not mend. */
const HOPELESS: ReadonlySet<string> = new Set(['Unschedulable', 'ErrImagePull', 'InvalidImageName', 'MountFailed', 'PortInUse', 'CannotRun', 'MissingFile'])
const OVER: ReadonlySet<string> = new Set(['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned'])

/** A Docker Swarm as a side of a move. */
export class SwarmSide implements Side {
  readonly #parts: MoveParts
  readonly #record: MoveRecord
  readonly #save: SaveMade

  constructor(parts: MoveParts, record: MoveRecord, save: SaveMade) {
    this.#parts = parts
    this.#record = record
    this.#save = save
  }

  async make(tell: Tell, signal: AbortSignal): Promise<void> {
    const { stack, swarm: { model, files } = { model: { services: {} }, files: {} } } = this.#record
    const { state, logins } = this.#parts.swarm()
    const docker = state.managerHost.docker
    const there = inStack((await readSwarm(new SwarmApi(docker))).services, stack)
    await this.#save({ ...this.#record.made, stack: this.#record.made.stack || there.length === 0 })
    tell(`Making the stack ${stack}.`)
    // The content of a secret may be another one since the last time.
    await applyStack(docker, stackAtRest(stackOf(model, stack, { files })), { auth: (image) => logins.for(stack, image), rotate: true, signal })
    await state.looked(['services', 'tasks'])
  }

  async unmake(tell: Tell): Promise<void> {
    if (!this.#record.made.stack) return
    tell(`Removing the stack ${this.#record.stack} that was made. Volumes stay.`)
    await this.remove()
  }

  /** The stack goes, with everything but its volumes. */
  async remove(): Promise<void> {
    await removeStack(this.#parts.swarm().state.managerHost.docker, this.#record.stack)
  }

  async start(parts: readonly string[], tell: Tell, signal: AbortSignal): Promise<void> {
    const { state } = this.#parts.swarm()
    const places = this.#record.places.filter(({ part }) => parts.includes(part))
    await until({ clock: this.#parts.clock, signal, tell, deadlineMs: ENDED_MS, listen: () => () => undefined, missing: () => this.#othersUse(parts, places) })
    for (const part of parts) await this.#change(part, freedService)
    await state.looked(['services', 'tasks'])
    await until({ clock: this.#parts.clock, signal, tell, deadlineMs: READY_MS, listen: (wake) => state.onChange(wake), missing: () => this.#notReady(parts, signal) })
  }

  async stop(parts: readonly string[], tell: Tell, signal: AbortSignal): Promise<void> {
    const { state } = this.#parts.swarm()
    for (const part of parts) await this.#change(part, heldService)
    await state.looked(['services', 'tasks'])
    const places = this.#record.places.filter(({ part }) => parts.includes(part))
    const missing = async (): Promise<string | undefined> => {
      const left = parts.filter((part) => this.#tasksOf(part).some(({ Status }) => !OVER.has(Status.State)))
      return left.length > 0 ? `The tasks of ${left.join(', ')} have not ended yet.` : await this.#running(parts) ?? await stillUsed(this.#parts, places, {})
    }
    await until({ clock: this.#parts.clock, signal, tell, deadlineMs: ENDED_MS, listen: (wake) => state.onChange(wake), missing })
  }

  /** A volume that a service's own tasks have is no hindrance: it runs already. */
  async #othersUse(parts: readonly string[], places: MoveRecord['places']): Promise<string | undefined> {
    return parts.some((part) => this.#tasksOf(part).some(({ Status }) => Status.State === 'running')) ? undefined : await stillUsed(this.#parts, places, {})
  }

  /** Containers that run on servers that have had tasks, as their own Docker says: a manager that has lost a node takes its tasks for ended. A server without a way to it counts for data only (`stillUsed`). */
  async #running(parts: readonly string[]): Promise<string | undefined> {
    const { state } = this.#parts.swarm()
    for (const part of parts) for (const node of new Set(this.#tasksOf(part).flatMap(({ NodeID }) => NodeID ?? []))) {
      const host = state.hostOf(node)
      if (host === undefined) continue
      const running = await host.docker.listContainers({ filters: { label: [`com.docker.swarm.service.name=${scoped(this.#record.stack, part)}`] } }).catch((error: unknown) => error as Error)
      if (running instanceof Error) return `${host.description} does not answer, so it cannot be seen whether ${part} still runs there: ${running.message}`
      if (running.length > 0) return `The containers of ${part} on ${host.description} have not ended yet.`
    }
    return undefined
  }

  /** A service that was removed is at rest already, and cannot go on. */
  async #change(part: string, change: (spec: ServiceSpec) => ServiceSpec): Promise<void> {
    const { state } = this.#parts.swarm()
    const name = scoped(this.#record.stack, part)
    const live = await state.api.service(name).catch((error: unknown) => { if (dockerStatus(error) !== 404) throw error })
    if (live === undefined && change === heldService) return
    if (live === undefined) throw badRequest(`The service ${name} is not in the swarm any more: somebody has removed it.`)
    if (change(live.Spec) !== live.Spec) await changeService({ api: state.api, clock: this.#parts.clock }, { apiVersion: SWARM_API, kind: 'Service', namespace: this.#record.stack, name }, ({ Spec }) => change(Spec))
  }

  #service(part: string): SwarmService | undefined {
    return this.#parts.swarm().state.now.services.find(({ Spec }) => Spec.Name === scoped(this.#record.stack, part))
  }

  #tasksOf(part: string): SwarmTask[] {
    const id = this.#service(part)?.ID
    return id === undefined ? [] : this.#parts.swarm().state.now.tasks.filter(({ ServiceID }) => ServiceID === id)
  }

  async #notReady(parts: readonly string[], signal: AbortSignal): Promise<string | Hopeless | undefined> {
    const { state } = this.#parts.swarm()
    if (state.now.source.state === 'offline') return state.now.source.message
    for (const part of parts) {
      const service = this.#service(part)
      if (service === undefined) return `The service ${part} is not there yet.`
      const all = this.#tasksOf(part)
      const wanted = all.filter(({ DesiredState }) => DesiredState === 'running')
      const running = wanted.filter(({ Status }) => Status.State === 'running')
      const replicas = service.Spec.Mode?.Replicated?.Replicas
      if (replicas === undefined ? running.length === 0 || running.length < wanted.length : running.length < replicas) {
        const why = [...all].sort((a, b) => (a.Status.Timestamp < b.Status.Timestamp ? 1 : -1)).map(taskReason).find((explanation) => explanation !== undefined)
        const message = `Of ${part}, ${String(running.length)} of ${String(replicas ?? wanted.length)} tasks run.${why === undefined ? '' : ` ${why.message}`}`
        return HOPELESS.has(why?.reason ?? '') ? { hopeless: message } : message
      }
      const silent = (await Promise.all(running.map((task) => this.#isSilent(service, task, signal)))).find((port) => port !== undefined)
      if (silent !== undefined) return `A task of ${part} does not take connections on port ${String(silent)} yet.`
    }
    return undefined
  }

  /** A published port of a task on which nothing listens yet; undefined also where that cannot be seen from here. */
  async #isSilent({ Spec }: SwarmService, { NodeID, Status }: SwarmTask, signal: AbortSignal): Promise<number | undefined> {
    const host = this.#parts.swarm().state.hostOf(NodeID ?? '')
    const ports = (Spec.EndpointSpec?.Ports ?? []).filter(({ Protocol }) => (Protocol ?? 'tcp') === 'tcp').flatMap(({ TargetPort }) => TargetPort ?? [])
    if (host === undefined || ports.length === 0) return undefined
    const address = await addressOf(host, Status.ContainerStatus?.ContainerID ?? '').catch(() => undefined)
    if (address === undefined) return undefined
    for (const port of ports) if (!(await listens(host, address, port, signal))) return port
    return undefined
  }
}

/** Where a task's container can be reached from its own server. */
async function addressOf({ docker }: Host, container: string): Promise<string | undefined> {
  const [{ NetworkSettings }, { Containers }] = await Promise.all([docker.getContainer(container).inspect(), docker.getNetwork(GATEWAY_NETWORK).inspect() as Promise<{ Containers?: Record<string, { IPv4Address?: string }> }>])
  const sandbox = (NetworkSettings as unknown as { SandboxID?: string }).SandboxID ?? ''
  return (Containers?.[`gateway_${sandbox.slice(0, 12)}`] ?? Containers?.[container])?.IPv4Address?.split('/')[0]
}

/** A stack whose services have no tasks yet. */
export function stackAtRest(reading: StackReading): StackReading {
  return { ...reading, stack: { ...reading.stack, services: reading.stack.services.map((spec) => heldService(spec)) } }
}
