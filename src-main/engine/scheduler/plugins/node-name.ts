import type { FilterPlugin } from '../framework.ts'

/** A pod that names its node runs there only. */
export const nodeName: FilterPlugin<string> = {
  name: 'NodeName',
  wokenBy: ['node'],
  prepare: ({ pod }) => pod.spec.nodeName || undefined,
  filter: (_, node, wanted) => (node.name === wanted ? [] : ["node(s) didn't match the requested node name"]),
}
