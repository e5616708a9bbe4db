import type { FilterPlugin } from '../framework.ts'

/** What the pod requests must be free: CPU, memory, ephemeral storage, extended resources, and a place among the node's pods. */
export const nodeResourcesFit: FilterPlugin<readonly [string, number][]> = {
  name: 'NodeResourcesFit',
  wokenBy: ['node', 'pod-gone'],
  yieldsToPreemption: true,
  prepare: (pod) => Object.entries(pod.requests).filter(([, n]) => n > 0),
  filter: (_, node, wanted) => {
    const reasons: string[] = []
    if (node.pods.size + 1 > (node.allocatable['pods'] ?? 0)) reasons.push('Too many pods')
    for (const [name, n] of wanted) {
      if (n > (node.allocatable[name] ?? 0) - (node.requested[name] ?? 0)) reasons.push(`Insufficient ${name}`)
    }
    return reasons
  },
}
