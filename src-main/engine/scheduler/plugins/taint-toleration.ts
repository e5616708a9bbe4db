import type { Taint } from '../../../common/kube/generated/core-v1.ts'
import { findUntolerated, tolerates } from '../../../common/kube/taints.ts'
import { normalizeByHighest } from '../framework.ts'
import type { FilterPlugin, ScorePlugin } from '../framework.ts'

/** No pods on nodes with a taint that they do not tolerate; rather none where they would prefer not to be. */
export const taintToleration: FilterPlugin & ScorePlugin = {
  name: 'TaintToleration',
  weight: 3,
  wokenBy: ['node'],
  prepare: () => true,
  filter: ({ pod }, { node }) => {
    const taint = findUntolerated(node?.spec?.taints, pod.spec.tolerations, ['NoSchedule', 'NoExecute'])
    return taint === undefined ? [] : [`node(s) had untolerated taint {${describe(taint)}}`]
  },
  score: ({ pod }, { node }) =>
    (node?.spec?.taints ?? []).filter((t) => t.effect === 'PreferNoSchedule' && !(pod.spec.tolerations ?? []).some((tol) => tolerates(tol, t))).length,
  normalize: (scores) => normalizeByHighest(scores, true),
}

function describe({ key, value }: Taint): string {
  return `${key}: ${value ?? ''}`
}
