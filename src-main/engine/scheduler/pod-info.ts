import type { Pod } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { controllerOf } from '../../common/kube/owners.ts'
import { podRequests } from '../../common/kube/pod-requests.ts'
import type { Amounts } from '../../common/kube/pod-requests.ts'

/** A port of the node that a pod takes. */
export interface HostPort {
  ip: string
  protocol: string
  port: number
}

/** A pod with what scheduling asks of it again and again, worked out once. */
export interface PodInfo {
  readonly pod: Frozen<Pod>
  readonly requests: Amounts
  /** As `requests`, with a guess where a pod states nothing: else pods without requests would all look free. For scores only. */
  readonly guessed: { readonly cpu: number; readonly memory: number }
  readonly hostPorts: readonly HostPort[]
  /** The controller owner's UID; undefined for a bare pod. */
  readonly owner: string | undefined
}

/** Upstream's guesses: 0.1 CPU and 200 MB a container. */
const GUESS = { cpu: 100, memory: 200 * 1024 * 1024 }

/** Reads a pod. */
export function podInfo(pod: Frozen<Pod>): PodInfo {
  const requests = podRequests(pod)
  const blank = (resource: 'cpu' | 'memory'): number =>
    pod.spec.containers.filter((c) => (c.resources?.requests?.[resource] ?? c.resources?.limits?.[resource]) === undefined).length * GUESS[resource]
  const hostPorts = pod.spec.containers.flatMap((c) => c.ports ?? []).flatMap(({ hostPort, hostIP, protocol, containerPort }) => {
    const port = hostPort || (pod.spec.hostNetwork === true ? containerPort : 0)
    return port ? [{ ip: hostIP || '0.0.0.0', protocol: protocol ?? 'TCP', port }] : []
  })
  return {
    pod, requests, hostPorts, owner: controllerOf(pod)?.uid,
    guessed: { cpu: (requests['cpu'] ?? 0) + blank('cpu'), memory: (requests['memory'] ?? 0) + blank('memory') },
  }
}
