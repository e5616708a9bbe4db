import type { AddServerInput, AddServerOutput, AddServerRequest, Batch, LoginSuggestions, NetworkMode, PodNetworkChoice, ServerRemoval, Servers as ServersContract, ServerSummary, TerminalInput, TerminalOutput } from '../../common/contract/index.ts'
import type { Clock } from '../../common/clock.ts'
import { badRequest, messageOf, notFound } from '../../common/errors.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { Servers, serverTarget } from '../../common/kube/server.ts'
import type { Server } from '../../common/kube/server.ts'
import type { Channel, Stream } from '../../common/rpc/stream.ts'
import type { Client } from '../../engine/client/client.ts'
import type { Informers } from '../../engine/client/informer.ts'
import { SshError } from '../../hosts/ssh/ssh-error.ts'
import { describeTarget } from '../../hosts/ssh/target.ts'
import { computeDrainPlan } from '../cluster/drain-plan.ts'
import { drainStream } from '../cluster/drain.ts'
import type { LiveCluster } from '../cluster/live-cluster.ts'
import { watchList } from '../../common/rpc/watches.ts'
import type { DrivingService } from '../driving/driving-service.ts'
import { addServer } from './add-server.ts'
import { askingPrompts, converse } from './conversation.ts'
import type { Conversation } from './conversation.ts'
import type { Desk } from './desk.ts'
import { choosePodNetwork, podNetworkChoice } from './pod-network.ts'
import { CannotAdd } from './server-checks.ts'
import { setZone } from './set-zone.ts'
import { shellChannel } from './shell-channel.ts'

export interface ServersParts {
  desk: Desk
  driving: Pick<DrivingService, 'join' | 'joinProblem' | 'readOnly'>
  /** Opens a server anew, if this desk drives. */
  reopen(server: string): Promise<void>
  client: Client
  informers: Informers
  live: LiveCluster
  clock: Clock
}

const LIST_MS = 100

/** The part of the form that a failure is about. */
const FIELD_OF: Readonly<Record<string, keyof AddServerRequest>> = {
  config: 'host', name: 'host', unreachable: 'host', timeout: 'host', refused: 'port', protocol: 'port', 'auth-failed': 'login', 'key-unreadable': 'login', passphrase: 'login', agent: 'login',
}

/** The servers of the Toque engine's cluster, for the screens. */
export class ServersService implements ServersContract {
  readonly #parts: ServersParts

  constructor(parts: ServersParts) {
    this.#parts = parts
  }

  watchServers(): Stream<Batch<ServerSummary>> {
    const { live, clock, informers } = this.#parts
    return watchList(live, clock, LIST_MS, () => informers.for(Servers).lister.list().map((server) => this.#summary(server)))
  }

  suggestions(): Promise<LoginSuggestions> {
    return Promise.resolve(this.#parts.desk.keys.suggestions())
  }

  add(): Channel<AddServerInput, AddServerOutput> {
    return converse(async (talk) => {
      const { request } = await talk.hear('begin')
      await answered(talk, () => addServer(this.#parts, request, talk))
    })
  }

  reconnect(name: string): Channel<AddServerInput, AddServerOutput> {
    return converse((talk) => answered(talk, async () => {
      const { desk, reopen } = this.#parts
      const target = desk.target(this.#server(name).spec, desk.book.login(name))
      await talk.say({ type: 'step', step: 'connect', message: `Connecting to ${describeTarget(target)}` })
      const host = desk.connect(target, askingPrompts(talk, (of) => desk.book.secret(name, of), (of, value, remember) => desk.book.setSecret(name, of, value, remember)))
      try {
        await host.connected(talk.signal)
        await talk.say({ type: 'step', step: 'docker', message: 'Logged in; asking Docker' })
        await host.docker.ping()
      } finally {
        await host.close()
      }
      await reopen(name)
      return name
    }))
  }

  setZone(name: string, zone: string): Promise<void> {
    return setZone(this.#parts.client, name, zone)
  }

  async removal(name: string): Promise<ServerRemoval> {
    const { live } = this.#parts
    await live.synced
    this.#server(name)
    const { pods } = computeDrainPlan(name, live.podsOn(name), live.nodes(), (pod) => live.heldClaims(pod))
    const data = (paths: readonly string[] = []): string => (paths.length === 0 ? '' : ` Its data (${paths.join(', ')}) stays on this server: elsewhere it starts empty.`)
    const claims = (names: readonly string[] = []): string => (names.length === 0 ? '' : ` The data of its claim ${names.map((n) => `"${n}"`).join(', ')} stays on this server: elsewhere it waits for it. Move the volume first.`)
    return { pods: pods.map(({ ref, fate, why, leavesData, heldClaims }) => ({ namespace: ref.namespace, name: ref.name, fate: fate === 'moves' ? 'moves' : 'ends', why: why.message + data(leavesData) + claims(heldClaims) })) }
  }

  async remove(name: string, { drain }: { drain: boolean }): Promise<void> {
    const { client, live, clock, desk } = this.#parts
    const server = this.#server(name)
    // A server that cannot be reached cannot end its pods in peace: their owners make new ones when it is gone.
    if (drain && server.status?.phase !== 'Unreachable') for await (const progress of drainStream({ client, live, clock }, name)) if (progress.done) break
    await client.delete(Servers, '', name)
    desk.book.forget(name)
  }

  podNetwork(): Promise<PodNetworkChoice> {
    return podNetworkChoice(this.#parts.client)
  }

  choosePodNetwork(mode: NetworkMode): Promise<void> {
    return choosePodNetwork(this.#parts.client, mode)
  }

  terminal(name: string, size: { columns: number; rows: number }): Channel<TerminalInput, TerminalOutput> {
    return shellChannel(async (signal) => {
      if (this.#server(name).spec.local === true) throw badRequest('This is the machine that Toque runs on: open a terminal of its own.')
      return this.#parts.desk.host(name).shell(size, signal)
    })
  }

  #server(name: string): Frozen<Server> {
    const server = this.#parts.informers.for(Servers).lister.get('', name)
    if (server === undefined) throw notFound('servers', name)
    return server
  }

  #summary({ metadata: { name }, spec, status = {} }: Frozen<Server>): ServerSummary {
    const state = status.phase === 'Connected' ? 'connected' : status.phase === 'Unreachable' ? 'unreachable' : 'connecting'
    return {
      id: name, name, local: spec.local === true, state, retries: status.retries !== false,
      target: spec.local === true ? '' : serverTarget(spec),
      ...(state === 'unreachable' ? { why: { reason: status.reason ?? 'unreachable', message: status.message ?? '' } } : {}),
    }
  }
}

/** Ends a conversation by `done`, or by `failed` with the reason; silently when the person left. */
async function answered(talk: Conversation, act: () => Promise<string | undefined>): Promise<void> {
  try {
    const name = await act()
    if (name !== undefined) await talk.say({ type: 'done', name })
  } catch (error) {
    if (talk.signal.aborted) return
    const why = error instanceof CannotAdd ? error.why : { reason: error instanceof SshError ? error.code : 'Error', message: messageOf(error) }
    const field = error instanceof CannotAdd ? error.field : FIELD_OF[why.reason]
    await talk.say({ type: 'failed', why, ...(field === undefined ? {} : { field }) })
  }
}
