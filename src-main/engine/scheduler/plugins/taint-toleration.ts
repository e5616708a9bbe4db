import type { Taint } from '../../../common/kube/generated/core-v1.ts'
import { findUntolerated, tolerates } from '../../../common/kube/taints.ts'
import { normalizeByHighest } from '../framework.ts'
import type { FilterPlugin, ScorePlugin } from '../framework.ts'

const BARS = ['NoSchedule', 'NoExecute']

/** No pods on nodes with a taint that they do not tolerate; rather none where they would prefer not to be. */
export const taintToleration: FilterPlugin & ScorePlugin = {
  name: 'TaintToleration',
  weight: 3,
  wokenBy: ['node'],
  prepare: () => true,
  filter: ({ pod }, { taints }) => {
    const taint = findUntolerated(taints, pod.spec.tolerations, BARS)
    return taint === undefined ? [] : [`node(s) had untolerated taint {${describe(taint)}}`]
  },
  score: ({ pod }, { taints }) => taints.filter((t) => t.effect === 'PreferNoSchedule' && !(pod.spec.tolerations ?? []).some((tol) => tolerates(tol, t))).length,
  normalize: (scores) => normalizeByHighest(scores, true),
}

function describe({ key, value }: Taint): string {
  return `${key}: ${value ?? ''}`
}
