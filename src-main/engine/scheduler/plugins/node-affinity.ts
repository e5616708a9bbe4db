import type { PreferredSchedulingTerm } from '../../../common/kube/generated/core-v1.ts'
import { matchesNodeAffinity, matchesNodeTerm } from '../../../common/kube/node-selector.ts'
import { normalizeByHighest } from '../framework.ts'
import type { FilterPlugin, ScorePlugin } from '../framework.ts'

/** nodeSelector and required node affinity. */
export const nodeAffinity: FilterPlugin = {
  name: 'NodeAffinity',
  wokenBy: ['node'],
  prepare: ({ pod }) => pod.spec.nodeSelector !== undefined || pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined || undefined,
  filter: ({ pod }, { node }) => (node !== undefined && matchesNodeAffinity(pod, node) ? [] : ["node(s) didn't match Pod's node affinity/selector"]),
}

/** Preferred node affinity: the sum of the weights of the terms that match. */
export const preferredNodeAffinity: ScorePlugin<PreferredSchedulingTerm[]> = {
  name: 'NodeAffinity',
  weight: 2,
  prepare: ({ pod }) => pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution,
  score: (_, { node }, terms) => terms.reduce((n, t) => n + (node !== undefined && matchesNodeTerm(node, t.preference) ? t.weight : 0), 0),
  normalize: (scores) => normalizeByHighest(scores),
}
