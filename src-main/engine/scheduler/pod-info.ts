import type { Pod } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { hostPortsOf } from '../../common/kube/host-ports.ts'
import type { HostPort } from '../../common/kube/host-ports.ts'
import { controllerOf } from '../../common/kube/owners.ts'
import { podRequests, UNSTATED } from '../../common/kube/pod-requests.ts'
import type { Amounts } from '../../common/kube/pod-requests.ts'
import { affinityTerms } from './affinity-terms.ts'
import type { AffinityTerms } from './affinity-terms.ts'

/** A pod with what scheduling asks of it again and again, worked out once. */
export interface PodInfo {
  readonly pod: Frozen<Pod>
  readonly namespace: string
  readonly priority: number
  readonly requests: Amounts
  /** As `requests`, with a guess where a pod states nothing: else pods without requests would all look free. For scores only. */
  readonly guessed: { readonly cpu: number; readonly memory: number }
  readonly hostPorts: readonly HostPort[]
  /** The controller owner's UID; undefined for a bare pod. */
  readonly owner: string | undefined
  readonly affinity: AffinityTerms | undefined
}

/** Reads a pod. */
export function podInfo(pod: Frozen<Pod>): PodInfo {
  const guessed = podRequests(pod, UNSTATED)
  return {
    pod, namespace: pod.metadata.namespace ?? '', priority: pod.spec.priority ?? 0, requests: podRequests(pod), hostPorts: hostPortsOf(pod), owner: controllerOf(pod)?.uid,
    guessed: { cpu: guessed['cpu'] ?? 0, memory: guessed['memory'] ?? 0 }, affinity: affinityTerms(pod),
  }
}
