import type { Node, Pod } from '../../../common/kube/generated/core-v1.ts'
import { hostPortsOf, portsClash } from '../../../common/kube/host-ports.ts'
import { matchesNodeAffinity } from '../../../common/kube/node-selector.ts'
import { amounts, podRequests } from '../../../common/kube/pod-requests.ts'

/** Why a node does not take a pod: the reason and message of its status, Failed from the start. */
export interface Refusal {
  readonly reason: string
  readonly message: string
}

/**
 * Whether a node takes a pod that was bound to it, by upstream's kubelet's rules: what it requests must be free (of what the node says it has), its selectors must match, and its
 * ports must be free. `others`: the pods that the node has taken. Undefined: it is taken. Pure.
 */
export function refusal(pod: Pod, node: Node, others: readonly Pod[]): Refusal | undefined {
  return outOf(pod, node, others) ?? mismatch(pod, node, others)
}

function outOf(pod: Pod, node: Node, others: readonly Pod[]): Refusal | undefined {
  const capacity = amounts(node.status?.allocatable)
  const taken = others.map((other) => podRequests(other))
  const wanted = { pods: 1, ...podRequests(pod) }
  for (const [name, requested] of Object.entries(wanted)) {
    const has = capacity[name]
    // What the node does not speak of, others look after.
    if (has === undefined || requested === 0) continue
    const used = name === 'pods' ? others.length : taken.reduce((sum, of) => sum + (of[name] ?? 0), 0)
    if (requested > has - used) return rejected(`OutOf${name}`, `Node didn't have enough resource: ${name}, requested: ${String(requested)}, used: ${String(used)}, capacity: ${String(has)}`)
  }
  return undefined
}

function mismatch(pod: Pod, node: Node, others: readonly Pod[]): Refusal | undefined {
  if (!matchesNodeAffinity(pod, node)) return rejected('NodeAffinity', 'Predicate NodeAffinity failed: node(s) didn\'t match Pod\'s node affinity/selector')
  const wanted = hostPortsOf(pod)
  const clashes = wanted.length > 0 && others.some((other) => hostPortsOf(other).some((taken) => wanted.some((port) => portsClash(port, taken))))
  return clashes ? rejected('NodePorts', 'Predicate NodePorts failed: node(s) didn\'t have free ports for the requested pod ports') : undefined
}

function rejected(reason: string, why: string): Refusal {
  return { reason, message: `Pod was rejected: ${why}` }
}
