import type { TopologySpreadConstraint } from '../../../common/kube/generated/core-v1.ts'
import type { LabelSelector } from '../../../common/kube/generated/meta-v1.ts'
import type { Labels } from '../../../common/kube/labels.ts'
import { matchesNodeAffinity } from '../../../common/kube/node-selector.ts'
import { findUntolerated } from '../../../common/kube/taints.ts'
import { HOSTNAME } from '../../../common/kube/well-known.ts'
import type { DomainCounts } from '../domain-counts.ts'
import type { FilterPlugin, ScorePlugin } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'
import type { PodInfo } from '../pod-info.ts'
import { selectionIn, selects } from '../pod-selection.ts'
import type { Snapshot } from '../snapshot.ts'
import type { TallyQuery } from '../tallies.ts'

interface Counted {
  constraint: TopologySpreadConstraint
  counts: DomainCounts
  /** 1 when the pod itself will be counted. */
  self: number
}

/** topologySpreadConstraints with DoNotSchedule: no domain may have more than maxSkew pods above the emptiest. */
export const topologySpread: FilterPlugin<Counted[]> = {
  name: 'PodTopologySpread',
  wokenBy: ['node', 'pod-gone', 'pod-placed'],
  yieldsToPreemption: true,
  prepare: (pod, snapshot) => count(pod, snapshot, 'DoNotSchedule'),
  filter: (_, node, counted) => {
    for (const { constraint, counts, self } of counted) {
      const here = counts.at(node)
      if (here === undefined) return ["node(s) didn't match pod topology spread constraints (missing required label)"]
      const fewest = counts.size < (constraint.minDomains ?? 1) ? 0 : counts.fewest
      if (here + self - fewest > constraint.maxSkew) return ["node(s) didn't match pod topology spread constraints"]
    }
    return []
  },
}

/** A constraint that is to be met as far as it goes, with the weight that its number of domains gives it. */
interface Weighed extends Counted {
  weight: number
}

/** topologySpreadConstraints with ScheduleAnyway: the fewer matching pods in a node's domains, the better. */
export const preferredTopologySpread: ScorePlugin<Weighed[]> = {
  name: 'PodTopologySpread',
  weight: 2,
  prepare: (pod, nodes, snapshot) => {
    const counted = count(pod, snapshot, 'ScheduleAnyway')
    if (counted === undefined) return undefined
    const inside = nodes.filter((n) => counted.every(({ constraint }) => labelOf(n, constraint.topologyKey) !== undefined))
    // With many domains the same difference of pods says less.
    return counted.map((c) => ({ ...c, weight: Math.log(2 + (c.constraint.topologyKey === HOSTNAME ? inside.length : new Set(inside.map((n) => labelOf(n, c.constraint.topologyKey))).size)) }))
  },
  score: (_, node, weighed) => {
    let sum = 0
    for (const { constraint, counts, weight } of weighed) {
      const here = counts.at(node)
      // A node outside all domains is the last choice, not the emptiest.
      if (here === undefined) return Infinity
      sum += (constraint.topologyKey === HOSTNAME ? counts.on(node.name) : here) * weight + constraint.maxSkew - 1
    }
    return Math.round(sum)
  },
  normalize: (scores) => {
    let [highest, lowest] = [0, Infinity]
    for (const s of scores) if (Number.isFinite(s)) [highest, lowest] = [Math.max(highest, s), Math.min(lowest, s)]
    return scores.map((s) => (!Number.isFinite(s) ? 0 : highest === 0 ? 100 : Math.floor((100 * (highest + lowest - s)) / highest)))
  },
}

function count(pod: PodInfo, snapshot: Snapshot, mode: string): Counted[] | undefined {
  const constraints = (pod.pod.spec.topologySpreadConstraints ?? []).filter((c) => c.whenUnsatisfiable === mode)
  if (constraints.length === 0) return undefined
  const { labels } = pod.pod.metadata
  const keys = constraints.map((c) => c.topologyKey)
  return constraints.map((constraint) => {
    const selection = selectionIn(pod.namespace, selectorOf(constraint, labels))
    const counts = snapshot.tally({ topologyKey: constraint.topologyKey, selections: [selection], terminating: false, where: nodesThatCount(pod, constraint, keys) })
    return { constraint, counts, self: selects(selection, pod.namespace, labels, snapshot.labelsOf) ? 1 : 0 }
  })
}

/** Only nodes with the labels of all constraints are in their domains, and only those where the pod could go, as far as the policies say so. */
function nodesThatCount({ pod }: PodInfo, { nodeAffinityPolicy, nodeTaintsPolicy }: TopologySpreadConstraint, keys: readonly string[]): TallyQuery['where'] {
  const { nodeSelector, affinity, tolerations } = pod.spec
  const byAffinity = nodeAffinityPolicy !== 'Ignore'
  const byTaints = nodeTaintsPolicy === 'Honor'
  return {
    key: JSON.stringify([keys, byAffinity ? [nodeSelector, affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution] : null, byTaints ? (tolerations ?? []) : null]),
    counts: ({ node, taints }) => node !== undefined && keys.every((key) => node.metadata.labels?.[key] !== undefined)
      && (!byAffinity || matchesNodeAffinity(pod, node)) && (!byTaints || findUntolerated(taints, tolerations, ['NoSchedule', 'NoExecute']) === undefined),
  }
}

function labelOf({ node }: NodeInfo, key: string): string | undefined {
  return node?.metadata.labels?.[key]
}

function selectorOf({ labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint, labels: Labels | undefined): LabelSelector | undefined {
  if (matchLabelKeys.length === 0 || labelSelector === undefined) return labelSelector
  // As conditions of their own: a key that the selector names too must hold in both.
  const more = matchLabelKeys.flatMap((key) => (labels?.[key] === undefined ? [] : [{ key, operator: 'In', values: [labels[key]] }]))
  return { ...labelSelector, matchExpressions: [...(labelSelector.matchExpressions ?? []), ...more] }
}
