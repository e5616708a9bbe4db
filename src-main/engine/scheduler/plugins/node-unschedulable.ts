import { NodeTaint, tolerates } from '../../../common/kube/taints.ts'
import type { FilterPlugin } from '../framework.ts'

/** No new pods on a cordoned node, but for those that tolerate it. */
export const nodeUnschedulable: FilterPlugin = {
  name: 'NodeUnschedulable',
  wokenBy: ['node'],
  prepare: ({ pod }) => !(pod.spec.tolerations ?? []).some((t) => tolerates(t, { key: NodeTaint.unschedulable, effect: 'NoSchedule' })) || undefined,
  filter: (_, { node }) => (node?.spec?.unschedulable === true ? ['node(s) were unschedulable'] : []),
}
