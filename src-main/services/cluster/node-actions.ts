import type { Clock } from '../../common/clock.ts'
import type { DrainPlan, DrainProgress, ObjectRef } from '../../common/contract/index.ts'
import { badRequest, notFound } from '../../common/errors.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import type { Client } from '../../engine/client/client.ts'
import { cordon } from './cordon.ts'
import { drainStream } from './drain.ts'
import { computeDrainPlan } from './drain-plan.ts'
import type { LiveCluster } from './live-cluster.ts'

/** The buttons of a node's screen: what `kubectl cordon`, `uncordon` and `drain` do. */
export class NodeActions {
  readonly #client: Client
  readonly #live: LiveCluster
  readonly #clock: Clock

  constructor({ client, live, clock }: { client: Client; live: LiveCluster; clock: Clock }) {
    this.#client = client
    this.#live = live
    this.#clock = clock
  }

  async cordon(node: ObjectRef, cordoned: boolean): Promise<void> {
    requireNode(node)
    await cordon(this.#client, node.name, cordoned)
  }

  async drainPlan(node: ObjectRef): Promise<DrainPlan> {
    requireNode(node)
    await this.#live.synced
    const nodes = this.#live.nodes()
    if (!nodes.some((n) => n.metadata.name === node.name)) throw notFound('nodes', node.name)
    return computeDrainPlan(node.name, this.#live.podsOn(node.name), nodes, (pod) => this.#live.heldClaims(pod))
  }

  drain(node: ObjectRef): Stream<DrainProgress> {
    requireNode(node)
    return drainStream({ client: this.#client, live: this.#live, clock: this.#clock }, node.name)
  }
}

function requireNode({ kind }: ObjectRef): void {
  if (kind !== 'Node') throw badRequest(`A ${kind} is no node.`)
}
