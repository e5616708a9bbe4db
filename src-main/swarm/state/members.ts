import type { Clock } from '../../common/clock.ts'
import type { DockerEvent } from '../../hosts/docker-events.ts'
import type { NodeVolume, SwarmNode } from '../docker/types.ts'
import { MemberWatch } from './member-watch.ts'
import type { SwarmMember } from './member-watch.ts'

/** The servers that this desk knows a way to. */
export interface KnownServers {
  list(): readonly SwarmMember[]
  /** Tells when the list differs. Returns a function that ends it. */
  onChange(listener: () => void): () => void
}

/** Watches every known server, and which of them may be asked about the swarm. */
export class Members {
  readonly #servers: KnownServers
  readonly #clock: Clock
  readonly #watches = new Map<string, MemberWatch>()
  readonly #onChange: () => void
  readonly #onEvent: (from: MemberWatch, event: DockerEvent) => void
  readonly #letGo: () => void
  readonly #ending = new Set<Promise<void>>()

  constructor(servers: KnownServers, clock: Clock, handler: { onChange(): void; onEvent(from: MemberWatch, event: DockerEvent): void }) {
    this.#servers = servers
    this.#clock = clock
    this.#onChange = () => handler.onChange()
    this.#onEvent = (from, event) => handler.onEvent(from, event)
    this.#letGo = servers.onChange(() => this.#follow())
    this.#follow()
  }

  get all(): readonly MemberWatch[] {
    return [...this.#watches.values()]
  }

  /** Nodes whose own Docker is reached. */
  get reached(): Set<string> {
    return new Set(this.all.flatMap(({ nodeId }) => nodeId ?? []))
  }

  /** Nodes whose servers are known here and do not answer. */
  get away(): Set<string> {
    return new Set(this.all.flatMap((watch) => (watch.state.state === 'unreachable' ? watch.lastNodeId ?? [] : [])))
  }

  get volumes(): NodeVolume[] {
    return this.all.flatMap(({ nodeId, volumes }) => (nodeId === undefined ? [] : volumes))
  }

  /** Servers that answer and are in no swarm, or only on their way into one: nothing tells when they are. */
  get outside(): readonly MemberWatch[] {
    return this.all.filter(({ state }) => state.state === 'connected' && state.membership.LocalNodeState !== 'active')
  }

  byNode(nodeId: string): MemberWatch | undefined {
    return this.all.find((watch) => watch.nodeId === nodeId)
  }

  /** Asks every server for its place in the swarm again. */
  async ask(): Promise<void> {
    await Promise.all(this.all.filter(({ state }) => state.state === 'connected').map((watch) => watch.ask()))
  }

  /** Asks those again that the swarm has as managers, or not any more, and that said otherwise: they are told of it later than the others. */
  askPromoted(nodes: readonly SwarmNode[]): void {
    for (const { ID, ManagerStatus } of nodes) {
      const watch = this.byNode(ID)
      if (watch !== undefined && watch.isManager !== (ManagerStatus !== undefined)) void watch.ask()
    }
  }

  async stop(): Promise<void> {
    this.#letGo()
    for (const name of [...this.#watches.keys()]) this.#end(name)
    await Promise.all(this.#ending)
  }

  #follow(): void {
    const wanted = new Map(this.#servers.list().map((member) => [member.name, member]))
    for (const [name, watch] of this.#watches) if (wanted.get(name)?.host !== watch.member.host) this.#end(name)
    for (const [name, member] of wanted) {
      if (this.#watches.has(name)) continue
      const watch: MemberWatch = new MemberWatch(member, this.#clock, { onState: this.#onChange, onEvent: (event) => this.#onEvent(watch, event) })
      this.#watches.set(name, watch)
    }
    this.#onChange()
  }

  #end(name: string): void {
    const watch = this.#watches.get(name)
    if (watch === undefined) return
    this.#watches.delete(name)
    const over: Promise<void> = watch.stop().finally(() => this.#ending.delete(over))
    this.#ending.add(over)
  }
}
