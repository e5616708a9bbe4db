import type { Node, Pod } from '../../../common/kube/generated/core-v1.ts'
import { hostPortsOf, portsClash } from '../../../common/kube/host-ports.ts'
import { matchesNodeAffinity } from '../../../common/kube/node-selector.ts'
import { amounts, podRequests } from '../../../common/kube/pod-requests.ts'
import { ALLOWED_SYSCTLS_ANNOTATION, SYSCTL_FORBIDDEN, sysctlRefusal } from '../../../common/kube/sysctls.ts'

/** Why a node does not take a pod, Failed from the start: the reason of its status and of an event, and the event's message. */
export interface Refusal {
  readonly reason: string
  readonly message: string
}

/**
 * Whether a node takes a pod that was bound to it, by upstream's kubelet's rules: the kernel parameters that it sets must be allowed, what it requests must be free (of what the node
 * says it has), its selectors must match, and its ports must be free. `others`: the pods that the node has taken. Undefined: it is taken. Pure.
 */
export function refusal(pod: Pod, node: Node, others: readonly Pod[]): Refusal | undefined {
  return forbidden(pod, node) ?? outOf(pod, node, others) ?? mismatch(pod, node, others)
}

/** What the status of a pod that was not taken says. */
export function statusMessage({ message }: Refusal): string {
  return `Pod was rejected: ${message}`
}

function forbidden({ spec }: Pod, { metadata, status }: Node): Refusal | undefined {
  const by = { kernel: status?.nodeInfo?.kernelVersion, allowed: metadata.annotations?.[ALLOWED_SYSCTLS_ANNOTATION] }
  const why = (spec.securityContext?.sysctls ?? []).map(({ name }) => sysctlRefusal(name, spec, by)).find((refused) => refused !== undefined)
  return why === undefined ? undefined : { reason: SYSCTL_FORBIDDEN, message: `forbidden sysctl: ${why}` }
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
    if (requested > has - used) return { reason: `OutOf${name}`, message: `Node didn't have enough resource: ${name}, requested: ${String(requested)}, used: ${String(used)}, capacity: ${String(has)}` }
  }
  return undefined
}

function mismatch(pod: Pod, node: Node, others: readonly Pod[]): Refusal | undefined {
  if (!matchesNodeAffinity(pod, node)) return { reason: 'NodeAffinity', message: 'Predicate NodeAffinity failed: node(s) didn\'t match Pod\'s node affinity/selector' }
  const wanted = hostPortsOf(pod)
  const clashes = wanted.length > 0 && others.some((other) => hostPortsOf(other).some((taken) => wanted.some((port) => portsClash(port, taken))))
  return clashes ? { reason: 'NodePorts', message: 'Predicate NodePorts failed: node(s) didn\'t have free ports for the requested pod ports' } : undefined
}
