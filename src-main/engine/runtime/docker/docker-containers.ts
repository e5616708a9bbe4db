import type Docker from 'dockerode'
import type { Clock } from '../../../common/clock.ts'
import { DockerLabel } from '../../../common/docker-labels.ts'
import { followDockerEvents } from '../../../hosts/docker-events.ts'
import type { DockerEvent } from '../../../hosts/docker-events.ts'
import { AlreadyThereError, RemovingError } from '../container-runtime.ts'
import type { ContainerRuntime, ContainerState, ListedContainer, ObservedContainer, RuntimeEvent } from '../container-runtime.ts'
import { createBody } from './create-body.ts'
import { dockerMessage, dockerStatus } from '../../../hosts/docker-error.ts'
import { docking, translated } from './docker-error.ts'

const SIGKILL = '9'
/** Signals that end a container; of others (SIGHUP...) nobody knows what they do. */
const ENDING_SIGNALS = new Set(['2', '3', SIGKILL, '15'])
const EVENTS: Record<string, RuntimeEvent['type']> = { start: 'start', kill: 'kill', die: 'die', oom: 'oom', destroy: 'destroy', pause: 'pause', unpause: 'pause' }

/** Containers of one cluster on one Docker. */
export function dockerContainers(docker: Docker, clusterId: string, clock: Clock): ContainerRuntime {
  const ours = [`${DockerLabel.cluster}=${clusterId}`, DockerLabel.podUid]
  return {
    async list() {
      const found = await docking(docker.listContainers({ all: true, filters: { label: ours } }))
      return found.map((c): ListedContainer => ({ id: c.Id, name: (c.Names[0] ?? '').slice(1), labels: c.Labels, state: stateOf(c.State) }))
    },

    async inspect(id) {
      try {
        return observed(await docker.getContainer(id).inspect())
      } catch (error) {
        if (dockerStatus(error) === 404) return undefined
        throw translated(error)
      }
    },

    async create(spec) {
      try {
        return (await docker.createContainer(createBody(spec))).id
      } catch (error) {
        if (dockerStatus(error) === 409 && dockerMessage(error).includes('already in use')) throw new AlreadyThereError(dockerMessage(error))
        throw translated(error)
      }
    },

    async start(id) {
      try {
        // 304: it runs already, or Docker is about to restart it.
        await ignoring(docker.getContainer(id).start(), 304)
      } catch (error) {
        if (dockerStatus(error) !== 409 || !dockerMessage(error).includes('marked for removal')) throw translated(error)
        // A removal that failed half-way leaves the same mark, and is tried again.
        await this.remove(id)
        throw new RemovingError(dockerMessage(error))
      }
    },

    async stop(id, graceSeconds) {
      await docking(ignoring(docker.getContainer(id).stop({ t: graceSeconds }), 304, 404))
    },

    async remove(id) {
      // 409: a removal is under way already.
      await docking(ignoring(docker.getContainer(id).remove({ force: true }), 404, 409))
    },

    follow(handler, signal) {
      const filters = { type: ['container'], event: Object.keys(EVENTS), label: ours }
      const killed = new Set<string>()
      const onEvent = (event: DockerEvent): void => {
        const { ID: id, Attributes: labels } = event.Actor
        if (event.Action === 'kill' && ENDING_SIGNALS.has(labels.signal ?? '')) killed.add(id)
        const type = EVENTS[event.Action]
        if (type === undefined || (type === 'kill' && labels.signal !== SIGKILL)) return
        const { exitCode } = labels
        handler.onEvent({
          type, id, labels, time: event.timeNano / 1e6,
          ...(exitCode === undefined ? {} : { exitCode: Number(exitCode) }), ...(type === 'die' && killed.has(id) ? { killed: true } : {}),
        })
        if (type === 'die' || type === 'start' || type === 'destroy') killed.delete(id)
      }
      return followDockerEvents(docker, filters, { onConnected: () => handler.onConnected(), onDisconnected: (e) => handler.onDisconnected(e), onEvent }, clock, signal)
    },
  }
}

/** Swallows Docker's answers with these HTTP statuses. */
async function ignoring(call: Promise<unknown>, ...statuses: number[]): Promise<void> {
  try {
    await call
  } catch (error) {
    if (!statuses.includes(dockerStatus(error) ?? 0)) throw error
  }
}

function stateOf(word: string): ContainerState {
  switch (word) {
    case 'created': case 'running': case 'restarting': case 'exited': case 'removing': return word
    case 'paused': return 'running'
    // A removal that failed half-way: remove it again.
    case 'dead': return 'exited'
    default: return 'exited'
  }
}

/** Docker's inspection as the runtime's observation. Pure. */
export function observed(c: Docker.ContainerInspectInfo): ObservedContainer {
  const { State: state, HostConfig: host } = c
  const startedAt = time(state.StartedAt)
  const finishedAt = time(state.FinishedAt)
  const word = stateOf(state.Status)
  const network = Object.values(c.NetworkSettings.Networks ?? {})[0]
  const address = (network?.IPAMConfig as { IPv4Address?: string } | null | undefined)?.IPv4Address
  const joins = host.NetworkMode?.startsWith('container:') === true ? host.NetworkMode.slice('container:'.length) : undefined
  return {
    id: c.Id,
    name: c.Name.slice(1),
    labels: c.Config.Labels,
    state: word,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt, finishedAtExact: state.FinishedAt }),
    ...(word === 'exited' || word === 'restarting' || finishedAt !== undefined ? { exitCode: state.ExitCode } : {}),
    oomKilled: state.OOMKilled,
    error: state.Error,
    imageId: c.Image,
    runtimeRestarts: (c as { RestartCount?: number }).RestartCount ?? 0,
    ...(joins === undefined ? {} : { joins }),
    ...(address === undefined ? {} : { address }),
  }
}

/** Docker's zero time is the year 1. */
function time(text: string): number | undefined {
  if (text.startsWith('0001-')) return undefined
  const ms = Date.parse(text)
  const fraction = /\.\d{3}(\d+)Z$/.exec(text)?.[1]
  return ms + (fraction === undefined ? 0 : Number(`0.${fraction}`))
}
