import { NodeTaint, tolerates } from '../../../common/kube/taints.ts'
import type { FilterPlugin } from '../framework.ts'

/** No new pods on a node that is not Ready. The taint says the same a moment later; what tolerates the taint may go there. */
export const nodeReady: FilterPlugin = {
  name: 'NodeReady',
  wokenBy: ['node'],
  prepare: ({ pod }) => !(pod.spec.tolerations ?? []).some((t) => tolerates(t, { key: NodeTaint.notReady, effect: 'NoSchedule' })) || undefined,
  filter: (_, node) => (node.isReady ? [] : ['node(s) were not ready']),
}
