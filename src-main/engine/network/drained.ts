import { isConditionTrue } from '../../common/kube/conditions.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { DRAINED_CONDITION } from '../../common/docker-labels.ts'
import type { Frozen } from '../../common/kube/object.ts'

/**
 * Of the ending pods, those that no node sends new connections to any more and that have not been told so. `serving` are the
 * addresses in the rules that the kernel has, and that were compiled with all these pods known to be ending.
 */
export function newlyDrained(ending: readonly Frozen<Pod>[], serving: ReadonlySet<string>): Frozen<Pod>[] {
  return ending.filter((pod) => {
    const addresses = [pod.status?.podIP ?? '', ...(pod.status?.podIPs ?? []).map((a) => a.ip ?? '')]
    // A pod on the host's network shares its address with others: the rules were compiled without it, which is all there is to know.
    const shared = pod.spec?.hostNetwork === true
    return !isDrained(pod) && (shared || !addresses.some((ip) => ip !== '' && serving.has(ip)))
  })
}

/** Has the pod been told? */
export function isDrained(pod: Frozen<Pod>): boolean {
  return isConditionTrue(pod.status?.conditions, DRAINED_CONDITION)
}
