import type { Clock } from '../../common/clock.ts'
import { messageOf } from '../../common/errors.ts'
import { followDockerEvents } from '../../hosts/docker-events.ts'
import type { DockerEvent } from '../../hosts/docker-events.ts'
import type { Host } from '../../hosts/host.ts'
import { SwarmApi } from '../docker/swarm-api.ts'
import type { NodeVolume, SwarmMembership } from '../docker/types.ts'
import { EVENT_FILTERS } from './docker-events.ts'

/** A server that may belong to the swarm. */
export interface SwarmMember {
  /** Stays the same for the same server. */
  readonly name: string
  readonly host: Host
}

/** What a server last said of itself. */
export type MemberState =
  | { state: 'connecting' }
  | { state: 'connected'; membership: SwarmMembership }
  | { state: 'unreachable'; message: string }

/** What is told of one server. */
export interface MemberHandler {
  /** Its state or its volumes changed, or everything may have: events before now are lost. */
  onState(): void
  onEvent(event: DockerEvent): void
}

/** Follows one server's Docker: whether it answers, its place in the swarm, its events, its volumes. */
export class MemberWatch {
  readonly member: SwarmMember
  readonly api: SwarmApi
  state: MemberState = { state: 'connecting' }
  volumes: readonly NodeVolume[] = []
  /** Which node it was when it last answered. */
  lastNodeId: string | undefined
  readonly #handler: MemberHandler
  readonly #abort = new AbortController()
  readonly #over: Promise<void>

  constructor(member: SwarmMember, clock: Clock, handler: MemberHandler) {
    this.member = member
    this.api = new SwarmApi(member.host.docker)
    this.#handler = handler
    this.#over = followDockerEvents(member.host.docker, EVENT_FILTERS, {
      onConnected: () => void this.ask(),
      onEvent: (event) => {
        if (event.Type === 'volume') void this.#readVolumes()
        else handler.onEvent(event)
      },
      onDisconnected: (error) => this.#becomes({ state: 'unreachable', message: messageOf(error) }),
    }, clock, this.#abort.signal)
  }

  get nodeId(): string | undefined {
    return this.state.state === 'connected' && this.state.membership.LocalNodeState === 'active' ? this.state.membership.NodeID : undefined
  }

  /** Its place in a swarm, as it says itself; undefined while it does not answer. */
  get place(): SwarmMembership | undefined {
    return this.state.state === 'connected' ? this.state.membership : undefined
  }

  /** May it be asked about the whole swarm? */
  get isManager(): boolean {
    return this.state.state === 'connected' && this.state.membership.ControlAvailable
  }

  /** Asks for its place in the swarm again: nothing tells of that. */
  async ask(): Promise<void> {
    try {
      const membership = await this.api.membership()
      this.#becomes({ state: 'connected', membership })
      await this.#readVolumes()
    } catch (error) {
      this.#becomes({ state: 'unreachable', message: messageOf(error) })
    }
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#over
  }

  #becomes(state: MemberState): void {
    if (this.#abort.signal.aborted) return
    this.state = state
    if (state.state === 'connected') this.lastNodeId = this.nodeId
    this.#handler.onState()
  }

  async #readVolumes(): Promise<void> {
    const nodeId = this.nodeId
    if (nodeId === undefined) return
    // Without them nothing else is less true; the next event, or connection, reads them again.
    const { Volumes } = await this.member.host.docker.listVolumes().catch(() => ({ Volumes: null }))
    if (Volumes === null || this.#abort.signal.aborted) return
    this.volumes = Volumes.map(({ Name, Driver, Labels }) => ({ nodeId, name: Name, driver: Driver, labels: Labels ?? {} }))
    this.#handler.onState()
  }
}
