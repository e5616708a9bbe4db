import type { Pod, Taint } from '../../../common/kube/generated/core-v1.ts'
import { isOfSilence, waitsForItsServer } from '../../../common/kube/local-data.ts'
import { tolerates } from '../../../common/kube/taints.ts'

/** What is to become of a pod on a node with taints. */
export interface EvictionPlan {
  /** When it must leave: see `evictionTime`. */
  at: number | undefined
  /** It would have to leave because its server is silent, but its data is there: it stays and waits. */
  waits: boolean
}

/** A pod with local data does not leave for its server's silence; it does for a taint that somebody set. Pure. */
export function evictionPlan(pod: Pod, taints: readonly Taint[]): EvictionPlan {
  if (!waitsForItsServer(pod)) return { at: evictionTime(pod, taints), waits: false }
  return { at: evictionTime(pod, taints.filter((t) => !isOfSilence(t))), waits: evictionTime(pod, taints.filter(isOfSilence)) !== undefined }
}

/**
 * When a pod must leave a node with these taints, in milliseconds since the epoch (0: at once), or undefined: never. Each NoExecute taint
 * must be tolerated; the shortest tolerationSeconds counts, from when the taint was added.
 */
export function evictionTime(pod: Pod, taints: readonly Taint[]): number | undefined {
  let earliest: number | undefined
  for (const taint of taints.filter((t) => t.effect === 'NoExecute')) {
    const tolerations = (pod.spec.tolerations ?? []).filter((t) => tolerates(t, taint))
    if (tolerations.length === 0) return 0
    const seconds = tolerations.flatMap((t) => t.tolerationSeconds ?? [])
    if (seconds.length === 0) continue
    const added = taint.timeAdded === undefined ? 0 : Date.parse(taint.timeAdded)
    earliest = Math.min(earliest ?? Infinity, added + Math.max(0, Math.min(...seconds)) * 1000)
  }
  return earliest
}
