import { portsClash } from '../../../common/kube/host-ports.ts'
import type { HostPort } from '../../../common/kube/host-ports.ts'
import type { FilterPlugin } from '../framework.ts'

/** No two pods on one port of a node. */
export const hostPorts: FilterPlugin<readonly HostPort[]> = {
  name: 'NodePorts',
  wokenBy: ['node', 'pod-gone'],
  yieldsToPreemption: true,
  prepare: (pod) => (pod.hostPorts.length > 0 ? pod.hostPorts : undefined),
  filter: (_, node, wanted) => {
    for (const other of node.withPorts.values()) {
      if (other.hostPorts.some((taken) => wanted.some((port) => portsClash(port, taken)))) return ["node(s) didn't have free ports for the requested pod ports"]
    }
    return []
  },
}
