import { normalizeByHighest } from '../framework.ts'
import type { ScorePlugin } from '../framework.ts'

/** Prefers nodes with few pods of the same owner: one dead server should not take all replicas. For pods that say nothing about spreading. */
export const ownerSpread: ScorePlugin<string> = {
  name: 'OwnerSpread',
  weight: 2,
  prepare: ({ pod, owner }) => ((pod.spec.topologySpreadConstraints ?? []).length > 0 ? undefined : owner),
  score: (_, node, owner) => node.owners.get(owner) ?? 0,
  normalize: (scores) => normalizeByHighest(scores, true),
}
