import type { PodDisruptionBudget } from '../../common/kube/generated/policy-v1.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { groupReasons, unschedulableMessage } from '../../common/kube/unschedulable.ts'
import { checkAll, totals } from './framework.ts'
import type { No, Plugins } from './framework.ts'
import type { NodeInfo } from './node-info.ts'
import { defaultPlugins } from './plugins/index.ts'
import { podInfo } from './pod-info.ts'
import { findPreemption, mayPreempt } from './preemption.ts'
import type { Preemption } from './preemption.ts'
import type { Snapshot, Workbench } from './snapshot.ts'

/** One node, for one pod. */
export interface NodeAnswer {
  readonly node: string
  readonly fits: boolean
  /** Every reason against it, not only the first; empty when it fits. */
  readonly reasons: readonly string[]
  /** Of nodes that fit: the higher the better. */
  readonly score?: number
}

/** The table "node x reason" of a pod. */
export interface PodExplanation {
  /** Why it waits, as kubectl shows it; undefined when a node fits. */
  readonly message: string | undefined
  /** By name. */
  readonly nodes: readonly NodeAnswer[]
  /** What would make room for it. */
  readonly preemption?: Preemption
}

/** Says of each node whether the pod may run there and why not. A pod that has its place is asked as if it had none. Leaves the bench as it was. */
export function explain(pod: Frozen<Pod>, bench: Workbench, budgets: readonly PodDisruptionBudget[] = [], plugins: Plugins = defaultPlugins): PodExplanation {
  const { nodeName: _place, ...spec } = pod.spec
  const info = podInfo({ ...pod, spec })
  const there = bench.placed(pod.metadata.uid)
  if (there !== undefined) bench.removePod(pod.metadata.uid)
  try {
    const answers = checkAll(info, bench, plugins.filters)
    const noes = new Map([...answers].filter((a): a is [string, No] => a[1] !== undefined))
    const fitting = bench.nodes.filter((n) => !noes.has(n.name))
    const scores = new Map(totals(info, fitting, bench, plugins.scores).map((score, i) => [fitting[i]?.name, Math.round(score)]))
    const nodes = bench.nodes.map((node): NodeAnswer => {
      const score = scores.get(node.name)
      return score === undefined ? { node: node.name, fits: false, reasons: everyReason(info.pod, node, bench, plugins, noes.get(node.name)) } : { node: node.name, fits: true, reasons: [], score }
    })
    if (fitting.length > 0) return { message: undefined, nodes }
    const message = unschedulableMessage(bench.nodes.length, groupReasons(new Map([...noes].map(([name, no]) => [name, no.reasons]))))
    const { found } = mayPreempt(info, bench, undefined, noes) ? findPreemption(info, bench, plugins.filters, noes, budgets) : { found: undefined }
    return { message, nodes, ...(found === undefined ? {} : { preemption: found }) }
  } finally {
    if (there !== undefined) bench.assume(there.info, there.node)
  }
}

/** What all filters say, not only the first: each is one thing to change. */
function everyReason(pod: Frozen<Pod>, node: NodeInfo, snapshot: Snapshot, { filters }: Plugins, first: No | undefined): string[] {
  const info = podInfo(pod)
  const reasons = filters.flatMap((plugin) => {
    const state = plugin.prepare(info, snapshot)
    return state === undefined ? [] : plugin.filter(info, node, state)
  })
  // Room that is kept for others is in no filter's reasons.
  return [...new Set([...reasons, ...(first?.reasons ?? [])])]
}
