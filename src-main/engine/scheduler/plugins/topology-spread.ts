import type { TopologySpreadConstraint } from '../../../common/kube/generated/core-v1.ts'
import type { LabelSelector } from '../../../common/kube/generated/meta-v1.ts'
import { matchesSelector } from '../../../common/kube/labels.ts'
import type { Labels } from '../../../common/kube/labels.ts'
import { matchesNodeAffinity } from '../../../common/kube/node-selector.ts'
import { findUntolerated } from '../../../common/kube/taints.ts'
import type { FilterPlugin, ScorePlugin } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'
import type { PodInfo } from '../pod-info.ts'

interface Counted {
  constraint: TopologySpreadConstraint
  /** Matching pods in each domain that counts. */
  domains: Map<string, number>
  /** 1 when the pod itself will be counted. */
  self: number
  fewest: number
}

/** topologySpreadConstraints with DoNotSchedule: no domain may have more than maxSkew pods above the emptiest. */
export const topologySpread: FilterPlugin<Counted[]> = {
  name: 'PodTopologySpread',
  wokenBy: ['node', 'pod-gone', 'pod-placed'],
  prepare: (pod, nodes) => count(pod, nodes, 'DoNotSchedule'),
  filter: (_, node, counted) => {
    for (const { constraint, domains, self, fewest } of counted) {
      const domain = node.node?.metadata.labels?.[constraint.topologyKey]
      if (domain === undefined) return ["node(s) didn't match pod topology spread constraints (missing required label)"]
      if ((domains.get(domain) ?? 0) + self - fewest > constraint.maxSkew) return ["node(s) didn't match pod topology spread constraints"]
    }
    return []
  },
}

/** topologySpreadConstraints with ScheduleAnyway: the fewer matching pods in a node's domains, the better. */
export const preferredTopologySpread: ScorePlugin<Counted[]> = {
  name: 'PodTopologySpread',
  weight: 2,
  prepare: (pod, _, all) => count(pod, all, 'ScheduleAnyway'),
  score: (_, node, counted) => {
    let sum = 0
    for (const { constraint, domains } of counted) {
      const domain = node.node?.metadata.labels?.[constraint.topologyKey]
      // A node outside all domains is the last choice, not the emptiest.
      if (domain === undefined) return Infinity
      sum += (domains.get(domain) ?? 0) * Math.log(domains.size + 2) + constraint.maxSkew - 1
    }
    return sum
  },
  normalize: (scores) => {
    const finite = scores.filter(Number.isFinite)
    const [highest, lowest] = [Math.max(0, ...finite), Math.min(...finite)]
    return scores.map((s) => (!Number.isFinite(s) ? 0 : highest === 0 ? 100 : (100 * (highest + lowest - s)) / highest))
  },
}

function count({ pod }: PodInfo, nodes: readonly NodeInfo[], mode: string): Counted[] | undefined {
  const constraints = (pod.spec.topologySpreadConstraints ?? []).filter((c) => c.whenUnsatisfiable === mode)
  if (constraints.length === 0) return undefined
  return constraints.map((constraint) => {
    const selector = selectorOf(constraint, pod.metadata.labels)
    const domains = new Map<string, number>()
    for (const info of nodes) {
      const { node } = info
      const domain = node?.metadata.labels?.[constraint.topologyKey]
      if (node === undefined || domain === undefined) continue
      if (constraint.nodeAffinityPolicy !== 'Ignore' && !matchesNodeAffinity(pod, node)) continue
      if (constraint.nodeTaintsPolicy === 'Honor' && findUntolerated(node.spec?.taints, pod.spec.tolerations, ['NoSchedule', 'NoExecute']) !== undefined) continue
      let n = domains.get(domain) ?? 0
      for (const other of info.pods.values()) {
        const { metadata } = other.pod
        if (metadata.namespace === pod.metadata.namespace && metadata.deletionTimestamp === undefined && matchesSelector(metadata.labels, selector)) n++
      }
      domains.set(domain, n)
    }
    const fewest = domains.size < (constraint.minDomains ?? 1) ? 0 : Math.min(...domains.values())
    return { constraint, domains, self: matchesSelector(pod.metadata.labels, selector) ? 1 : 0, fewest: Number.isFinite(fewest) ? fewest : 0 }
  })
}

function selectorOf({ labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint, labels: Labels | undefined): LabelSelector | undefined {
  if (matchLabelKeys.length === 0 || labelSelector === undefined) return labelSelector
  const more = Object.fromEntries(matchLabelKeys.flatMap((key) => (labels?.[key] === undefined ? [] : [[key, labels[key]]])))
  return { ...labelSelector, matchLabels: { ...labelSelector.matchLabels, ...more } }
}
