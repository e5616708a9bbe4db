import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { Namespaces, Nodes, PersistentVolumeClaims, PersistentVolumes, PodDisruptionBudgets, Pods, ReplicaSets, ReplicationControllers, StatefulSets, StorageClasses } from '../../common/kube/kinds.ts'
import type { Frozen, KubeObject } from '../../common/kube/object.ts'
import { controllerOf } from '../../common/kube/owners.ts'
import { MAY_REBALANCE } from '../../common/kube/rebalance.ts'
import type { Resource } from '../../common/kube/resource.ts'
import type { Kept } from '../../policy/rebalance/kept.ts'
import { keeper } from '../../policy/rebalance/kept.ts'
import type { Board } from '../../policy/rebalance/board.ts'
import type { Move } from '../../policy/rebalance/plan.ts'
import { eachOnce, makeMoves } from '../../policy/rebalance/plan.ts'
import type { Informers } from '../client/informer.ts'
import { volumeLookup } from '../client/volume-lookup.ts'
import type { FilterPlugin, Plugins } from './framework.ts'
import { defaultPlugins } from './plugins/index.ts'
import { volumeBinding } from './plugins/volume-binding.ts'
import { RebalanceBoard } from './rebalance-board.ts'

const OWNERS: readonly Resource[] = [ReplicaSets, StatefulSets, ReplicationControllers] as readonly Resource[]

/** What a rebalance decides on, as the caches show it at the moment of asking. */
export class RebalanceTable {
  readonly #informers: Informers
  readonly #plugins: Plugins

  constructor(informers: Informers) {
    this.#informers = informers
    const lookup = volumeLookup(informers)
    const volumes = informers.for(PersistentVolumes).lister
    const filter = volumeBinding({ ...lookup, volumes: () => volumes.list(), assumed: new Map() })
    this.#plugins = { ...defaultPlugins, filters: [...defaultPlugins.filters, filter as FilterPlugin] }
    for (const resource of [Namespaces, Nodes, Pods, PodDisruptionBudgets, PersistentVolumeClaims, StorageClasses, ...OWNERS] as Resource[]) informers.for(resource)
  }

  board(): RebalanceBoard {
    const list = <T extends KubeObject>(resource: Resource<T>): Frozen<T>[] => this.#informers.for(resource).lister.list()
    return new RebalanceBoard({ nodes: list(Nodes), pods: list(Pods), namespaces: list(Namespaces) }, this.#plugins)
  }

  /** Why a pod must stay where it is; undefined: it may move. */
  keeper(): (pod: Frozen<Pod>) => Kept | undefined {
    const { lister: namespaces } = this.#informers.for(Namespaces)
    return keeper({
      lookup: volumeLookup(this.#informers), pods: this.#informers.for(Pods).lister.list(), budgets: this.#informers.for(PodDisruptionBudgets).lister.list(),
      wordOf: (pod) => this.#ownerOf(pod)?.metadata.annotations?.[MAY_REBALANCE] ?? namespaces.get('', pod.metadata.namespace ?? '')?.metadata.annotations?.[MAY_REBALANCE],
    })
  }

  /** All moves of a rebalance that begins now, in their order, and pods that would be better elsewhere but must stay. */
  async plan(): Promise<{ moves: Move[]; kept: { move: Move; why: Kept }[] }> {
    const kept = this.keeper()
    const board = this.board()
    const moves = await inSlices(board, (pod) => kept(pod) === undefined)
    const chosen = new Set(moves.map(({ pod }) => pod.metadata.uid))
    // What would be moved besides, were nobody kept: once the others are where they go.
    const others = await inSlices(board, (pod) => !chosen.has(pod.metadata.uid))
    return { moves, kept: others.flatMap((move) => { const why = kept(move.pod); return why === undefined ? [] : [{ move, why }] }) }
  }

  /** The ReplicaSet (with its Deployment's annotations), StatefulSet or ReplicationController that makes the pod. */
  #ownerOf(pod: Frozen<Pod>): Frozen<KubeObject> | undefined {
    const owner = controllerOf(pod)
    const resource = OWNERS.find((r) => r.kind === owner?.kind)
    return owner === undefined || resource === undefined ? undefined : this.#informers.for(resource).lister.get(pod.metadata.namespace ?? '', owner.name)
  }
}

/** Between two moves the event loop is given back. */
async function inSlices(board: Board, mayMove: (pod: Frozen<Pod>) => boolean): Promise<Move[]> {
  const moves: Move[] = []
  for (const move of makeMoves(board, mayMove)) {
    moves.push(move)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return eachOnce(moves)
}
