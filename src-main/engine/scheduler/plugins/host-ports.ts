import type { FilterPlugin } from '../framework.ts'
import type { HostPort } from '../pod-info.ts'

/** No two pods on one port of a node. */
export const hostPorts: FilterPlugin<readonly HostPort[]> = {
  name: 'NodePorts',
  wokenBy: ['node', 'pod-gone'],
  yieldsToPreemption: true,
  prepare: (pod) => (pod.hostPorts.length > 0 ? pod.hostPorts : undefined),
  filter: (_, node, wanted) => {
    for (const other of node.withPorts.values()) {
      if (other.hostPorts.some((taken) => wanted.some((port) => clash(port, taken)))) return ["node(s) didn't have free ports for the requested pod ports"]
    }
    return []
  },
}

function clash(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0')
}
