import type { Clock } from '../../common/clock.ts'
import type { HelperSession } from '../network/start-network.ts'
import { NodeLease } from './node-lease.ts'
import type { Refusal } from './node-lease.ts'
import type { Term } from './term.ts'

export interface ClusterLeasesOptions {
  clock: Clock
  clusterId: string
  term: Term
  /** The revision of this engine's state. */
  revision(): number
  /** Told once: some node is another engine's. */
  onRefused(refusal: Refusal): void
}

/** The leases of all nodes that one engine drives, and its sessions with helpers of other machines. */
export class ClusterLeases {
  readonly #o: ClusterLeasesOptions
  readonly #sessions = new Map<string, HelperSession>()
  readonly #listeners = new Set<() => void>()
  #refused = false

  constructor(options: ClusterLeasesOptions) {
    this.#o = options
  }

  /** A node's lease, to be taken by its network. `remote`: its server is not the desk's own machine, which would be lost together with the desk. */
  of(node: string, remote: boolean): NodeLease {
    const { clock, clusterId, term, revision, onRefused } = this.#o
    return new NodeLease({
      clock, clusterId, term, revision,
      onRefused: (refusal) => {
        if (this.#refused) return
        this.#refused = true
        onRefused(refusal)
      },
      onSession: (session) => {
        if (!remote) return
        if (session === undefined) this.#sessions.delete(node)
        else this.#sessions.set(node, session)
        for (const listener of this.#listeners) listener()
      },
    })
  }

  /** Open sessions with helpers of remote nodes that are held, by the nodes' names: where copies of the state can be kept. */
  get sessions(): ReadonlyMap<string, HelperSession> {
    return this.#sessions
  }

  /** Calls back when a session begins or ends; returns a function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
