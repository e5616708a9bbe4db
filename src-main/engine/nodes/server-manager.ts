import { hasReason, messageOf } from '../../common/errors.ts'
import { Nodes, Pods } from '../../common/kube/kinds.ts'
import type { NodeAccess } from '../../common/kube/node-access.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { connectionOf, SERVER_FINALIZER, Servers, ZONE_LABEL } from '../../common/kube/server.ts'
import type { Server, ServerStatus } from '../../common/kube/server.ts'
import { changeStatus, deleteIfThere } from '../client/retry.ts'
import { leaveDocker } from './leave.ts'
import { startNode } from './node-parts.ts'
import type { NodeHost, NodeParts, NodesContext } from './node-parts.ts'
import type { VolumeFiles } from './volumes/docker-volumes.ts'

/** A server that was opened, and what is heard of the connection. */
export interface OpenedServer extends NodeHost {
  /** Each state, the present one first, until it is closed. */
  states(): AsyncIterable<ServerStatus>
}

export interface ServerManagerOptions extends NodesContext {
  /** Opens the way to a server. Never throws for what may be mended: that is in its states. */
  open(server: Frozen<Server>): OpenedServer
}

interface Kept {
  /** Of the spec that it was opened for. */
  connection: string
  zone: string
  parts: NodeParts
  states: AsyncIterator<ServerStatus>
  following: Promise<void>
}

const RETRY_MS = 2_000
/** How long cleaning up may take on a server that is being removed. */
const LEAVE_MS = 30_000

/** Makes a node of each Server object, follows its connection, and takes everything away when the object is deleted. */
export class ServerManager {
  readonly #o: ServerManagerOptions
  readonly #kept = new Map<string, Kept>()
  readonly #remove: () => void
  /** One change at a time per server. */
  readonly #work = new Map<string, Promise<void>>()
  #choosing: Promise<unknown> = Promise.resolve()
  #stopped = false

  constructor(options: ServerManagerOptions) {
    this.#o = options
    const informer = options.informers.for(Servers)
    const look = (server: Frozen<Server>): void => this.#enqueue(server.metadata.name)
    this.#remove = informer.addHandler({ onAdd: look, onUpdate: (server, old) => { if (wants(server) !== wants(old)) look(server) }, onDelete: look })
  }

  /** The way to the pods of a node. */
  access(node: string): NodeAccess | undefined {
    return this.#kept.get(node)?.parts.access
  }

  /** What is in the kept volumes of a node. */
  volumes(node: string): VolumeFiles | undefined {
    return this.#kept.get(node)?.parts.volumes
  }

  /** Opens a server anew: after a person has mended what kept it from being reached. */
  async reopen(name: string): Promise<void> {
    const kept = this.#kept.get(name)
    if (kept !== undefined) await this.#end(name, kept)
    this.#enqueue(name)
  }

  /** Takes away what the cluster has on a server, and the server. Resolves when it is done. */
  async leave(name: string): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      const end = this.#o.informers.for(Servers).addHandler({ onDelete: (server) => {
        if (server.metadata.name !== name) return
        end()
        resolve()
      } })
    })
    if (await deleteIfThere(this.#o.client, Servers, { metadata: { name } })) await gone
  }

  /** Hangs up everywhere; every container stays as it is. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#remove()
    await Promise.all([...this.#work.values()])
    await Promise.all([...this.#kept].map(([name, kept]) => this.#end(name, kept)))
  }

  #enqueue(name: string): void {
    const before = this.#work.get(name) ?? Promise.resolve()
    const work = before.then(() => (this.#stopped ? undefined : this.#reconcile(name))).catch((error: unknown) => {
      this.#o.onError(error)
      this.#o.clock.setTimeout(() => this.#enqueue(name), RETRY_MS)
    })
    this.#work.set(name, work)
  }

  async #reconcile(name: string): Promise<void> {
    const server = this.#o.informers.for(Servers).lister.get('', name)
    const kept = this.#kept.get(name)
    if (server === undefined) return kept === undefined ? undefined : this.#end(name, kept)
    if (server.metadata.deletionTimestamp !== undefined) return this.#leave(server, kept)
    if (kept?.connection === connectionOf(server.spec) && await this.#labelled(server, kept)) return
    if (kept !== undefined) await this.#end(name, kept)
    this.#begin(server)
  }

  #begin(server: Frozen<Server>): void {
    const { name } = server.metadata
    const opened = this.#o.open(server)
    const parts = startNode(this.#o, name, opened, (choose) => this.#oneByOne(choose))
    const states = opened.states()[Symbol.asyncIterator]()
    this.#kept.set(name, { connection: connectionOf(server.spec), zone: server.spec.zone ?? '', parts, states, following: this.#follow(name, states) })
  }

  /** Another zone is another label of the node, and no reason to hang up. False where there is no node yet: it is to be made with the label. */
  async #labelled({ metadata: { name }, spec: { zone = '' } }: Frozen<Server>, kept: Kept): Promise<boolean> {
    if (kept.zone === zone) return true
    try {
      await this.#o.client.patch(Nodes, '', name, 'application/merge-patch+json', { metadata: { labels: { [ZONE_LABEL]: zone === '' ? null : zone } } })
    } catch (error) {
      if (hasReason(error, 'NotFound')) return false
      throw error
    }
    kept.zone = zone
    return true
  }

  async #follow(name: string, states: AsyncIterator<ServerStatus>): Promise<void> {
    for (let next = await states.next(); next.done !== true; next = await states.next()) {
      const state = next.value
      await changeStatus(this.#o.client, Servers, { namespace: '', name }, (server) => {
        server.status = state
        return true
      }).catch((error: unknown) => { if (!hasReason(error, 'NotFound')) this.#o.onError(error) })
    }
  }

  async #end(name: string, kept: Kept): Promise<void> {
    this.#kept.delete(name)
    await kept.parts.stop()
    await kept.states.return?.()
    await kept.following.catch(this.#o.onError)
    await kept.parts.host.close()
  }

  /** What Toque put on the server goes, then the node, then the server itself. One that cannot be reached is forgotten all the same: it may be no more. */
  async #leave(server: Frozen<Server>, kept: Kept | undefined): Promise<void> {
    const { client, informers, clusterId, clock, onError } = this.#o
    const { name } = server.metadata
    this.#kept.delete(name)
    // First: an agent would start again what is taken away, and the scheduler would fill what was emptied.
    await kept?.parts.stop()
    await deleteIfThere(client, Nodes, { metadata: { name } })
    await kept?.states.return?.()
    const host = kept?.parts.host ?? this.#o.open(server).host
    const tooLate = new Promise<never>((_, reject) => clock.setTimeout(() => reject(new Error('it did not answer in time')), LEAVE_MS))
    await Promise.race([leaveDocker(host.docker, clusterId), tooLate])
      .catch((error: unknown) => onError(`What Toque put on ${name} could not be taken away: ${messageOf(error)}`))
    await host.close()
    // Nobody is left to confirm the end of its pods; their owners make others.
    await Promise.all(informers.for(Pods).lister.onNode(name).map((pod) => deleteIfThere(client, Pods, pod, { gracePeriodSeconds: 0 })))
    const finalizers = (server.metadata.finalizers ?? []).filter((f) => f !== SERVER_FINALIZER)
    await client.patch(Servers, '', name, 'application/merge-patch+json', { metadata: { finalizers } })
  }

  #oneByOne<T>(choose: () => Promise<T>): Promise<T> {
    const chosen = this.#choosing.then(choose)
    this.#choosing = chosen.catch(() => undefined)
    return chosen
  }
}

function wants(server: Frozen<Server>): string {
  return `${String(server.metadata.generation)} ${server.metadata.deletionTimestamp ?? ''}`
}
