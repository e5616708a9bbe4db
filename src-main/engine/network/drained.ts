import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { isDrained } from '../../common/kube/pods.ts'
import type { Frozen } from '../../common/kube/object.ts'

/** What one node's kernel has: rules compiled with these pods known to be ending, in which new connections go to these addresses. */
export interface Applied {
  ending: ReadonlySet<string>
  serving: ReadonlySet<string>
}

/**
 * Of the ending pods, those that no node sends new connections to any more and that have not been told so. `nodes` are all nodes that are
 * heard of; undefined: one whose rules are not known (yet).
 */
export function newlyDrained(ending: readonly Frozen<Pod>[], nodes: readonly (Applied | undefined)[]): Frozen<Pod>[] {
  return ending.filter((pod) => !isDrained(pod) && nodes.every((node) => node !== undefined && isOutOf(node, pod)))
}

function isOutOf({ ending, serving }: Applied, pod: Frozen<Pod>): boolean {
  if (!ending.has(pod.metadata.uid)) return false
  const addresses = [pod.status?.podIP ?? '', ...(pod.status?.podIPs ?? []).map((a) => a.ip ?? '')]
  // A pod on the host's network shares its address with others: the rules were compiled without it, which is all there is to know.
  return pod.spec?.hostNetwork === true || !addresses.some((ip) => ip !== '' && serving.has(ip))
}
