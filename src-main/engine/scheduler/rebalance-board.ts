import type { Node } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { isPodActive } from '../../common/kube/pods.ts'
import type { Board, Objection, Placed } from '../../policy/rebalance/board.ts'
import { SchedulerCache } from './cache.ts'
import { checkAll, totals } from './framework.ts'
import type { FilterPlugin, Plugins } from './framework.ts'
import { podInfo } from './pod-info.ts'
import type { PodInfo } from './pod-info.ts'
import { unplaced } from './simulate.ts'
import type { ClusterState } from './simulate.ts'

/** Filters whose no, to a pod that is there already, is a fault: what was so when it came is so no more. */
const FAULTS: Record<string, Objection['kind']> = { NodeAffinity: 'NotAllowed', TaintToleration: 'NotAllowed', InterPodAffinity: 'NotAllowed', PodTopologySpread: 'Spread' }

/** A copy of the cluster's state on which a rebalance moves pods to and fro, with the scheduler's own rules. */
export class RebalanceBoard implements Board {
  readonly nodes: readonly Frozen<Node>[]
  readonly #cache: SchedulerCache
  readonly #plugins: Plugins
  readonly #faults: readonly FilterPlugin[]
  readonly #pods = new Map<string, { info: PodInfo; node: string }>()

  constructor({ nodes, pods, namespaces }: ClusterState, plugins: Plugins) {
    this.nodes = nodes
    // What is on its way out counts for nobody: its replacement does.
    const active = pods.filter(isPodActive)
    this.#cache = SchedulerCache.of(nodes, active, namespaces)
    this.#plugins = plugins
    this.#faults = plugins.filters.filter((f) => f.name in FAULTS)
    for (const pod of active) {
      if (!pod.spec.nodeName) continue
      const info = podInfo(unplaced(pod))
      this.#pods.set(pod.metadata.uid, { info, node: pod.spec.nodeName })
      this.#cache.assume(info, pod.spec.nodeName)
    }
  }

  get pods(): readonly Placed[] {
    return [...this.#pods.values()].map(({ info, node }) => ({ pod: info.pod, node }))
  }

  objections(uid: string): readonly Objection[] {
    return this.#without(uid, (info, place) => {
      const node = this.#cache.node(place)
      if (node === undefined || !this.#hasRules(info, place)) return []
      return this.#faults.flatMap((plugin) => {
        const state = plugin.prepare(info, this.#cache)
        return state === undefined ? [] : plugin.filter(info, node, state).map((reason) => ({ kind: FAULTS[plugin.name] ?? 'NotAllowed', reason }))
      })
    }) ?? []
  }

  landings(uid: string): readonly string[] {
    return this.#without(uid, (info) => {
      const noes = checkAll(info, this.#cache, this.#plugins.filters)
      const fitting = this.#cache.nodes.filter((n) => noes.get(n.name) === undefined)
      const scores = totals(info, fitting, this.#cache, this.#plugins.scores)
      const top = Math.max(...scores)
      return fitting.filter((_, i) => scores[i] === top).map((n) => n.name)
    }) ?? []
  }

  move(uid: string, node: string): void {
    const placed = this.#pods.get(uid)
    if (placed === undefined) return
    this.#pods.set(uid, { ...placed, node })
    this.#cache.assume(placed.info, node)
  }

  /** Asks with the pod away, and puts it back. */
  #without<T>(uid: string, ask: (info: PodInfo, node: string) => T): T | undefined {
    const placed = this.#pods.get(uid)
    if (placed === undefined) return undefined
    this.#cache.removePod(uid)
    try {
      return ask(placed.info, placed.node)
    } finally {
      this.#cache.assume(placed.info, placed.node)
    }
  }

  /** Most pods say nothing of where they want to be, and nobody needs to be asked. */
  #hasRules({ pod: { spec } }: PodInfo, node: string): boolean {
    return spec.affinity !== undefined || spec.nodeSelector !== undefined || (spec.topologySpreadConstraints ?? []).length > 0 || (this.#cache.node(node)?.taints ?? []).length > 0
  }
}
