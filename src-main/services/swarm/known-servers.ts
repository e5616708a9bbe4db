import type { Frozen } from '../../common/kube/object.ts'
import { connectionOf, Servers } from '../../common/kube/server.ts'
import type { Server } from '../../common/kube/server.ts'
import type { Informers } from '../../engine/client/informer.ts'
import type { DeskServer } from '../../swarm/setup/swarm-server.ts'
import type { KnownServers } from '../../swarm/state/members.ts'

/** The way to a server, and where it is among networks. */
export type ServerReach = Omit<DeskServer, 'name'>

/** The desk's servers as those that a swarm may be on: a connection of its own to each, opened anew when it leads elsewhere, closed when the server is removed. */
export class SwarmServers implements KnownServers {
  readonly #open: (server: Frozen<Server>) => ServerReach
  readonly #members = new Map<string, { connection: string; member: DeskServer }>()
  readonly #listeners = new Set<() => void>()
  readonly #servers: () => readonly Frozen<Server>[]
  readonly #letGo: () => void

  /** `open` opens the way to a server and never throws for what may be mended. */
  constructor(informers: Informers, open: (server: Frozen<Server>) => ServerReach) {
    this.#open = open
    const informer = informers.for(Servers)
    this.#servers = () => informer.lister.list()
    const follow = (): void => this.#follow(this.#servers())
    this.#letGo = informer.addHandler({ onAdd: follow, onUpdate: follow, onDelete: follow })
    follow()
  }

  list(): readonly DeskServer[] {
    return [...this.#members.values()].map(({ member }) => member)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Opens the way to a server anew, by what the desk knows of it now. */
  reopen(name: string): void {
    const kept = this.#members.get(name)
    if (kept === undefined) return
    this.#members.delete(name)
    kept.member.host.close().catch(() => undefined)
    this.#follow(this.#servers())
  }

  async close(): Promise<void> {
    this.#letGo()
    await Promise.all([...this.#members.values()].map(({ member }) => member.host.close()))
    this.#members.clear()
  }

  #follow(servers: readonly Frozen<Server>[]): void {
    const wanted = new Map(servers.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map((server) => [server.metadata.name, server]))
    let changed = false
    for (const [name, { connection, member }] of this.#members) {
      const server = wanted.get(name)
      if (server !== undefined && connectionOf(server.spec) === connection) continue
      this.#members.delete(name)
      changed = true
      member.host.close().catch(() => undefined)
    }
    for (const [name, server] of wanted) {
      if (this.#members.has(name)) continue
      this.#members.set(name, { connection: connectionOf(server.spec), member: { name, ...this.#open(server) } })
      changed = true
    }
    if (changed) for (const listener of [...this.#listeners]) listener()
  }
}
