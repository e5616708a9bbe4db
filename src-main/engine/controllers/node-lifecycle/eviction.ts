import type { Pod, Taint } from '../../../common/kube/generated/core-v1.ts'
import { isOfSilence, waitsForItsServer } from '../../../common/kube/local-data.ts'
import { SERVER_LOST_TAINT } from '../../../common/kube/node-conditions.ts'
import { isPodTerminating } from '../../../common/kube/pods.ts'
import { hasStableIdentity } from '../../../common/kube/stable-identity.ts'
import { tolerates } from '../../../common/kube/taints.ts'
import type { Wait } from './waiting.ts'

/** What is to become of a pod on a node with taints. */
export interface EvictionPlan {
  /** When it must leave: see `evictionTime`. */
  at: number | undefined
  /** What keeps it, or its place, on a silent server. */
  waits: Wait | undefined
}

/**
 * A pod with local data does not leave for its server's silence; it does for a taint that somebody set. One of a StatefulSet is not replaced before its
 * server says that it ended, so losing the server does not hurry it: it leaves after upstream's five minutes, and the server may be back before, with the
 * pod as it was. Pure.
 */
export function evictionPlan(pod: Pod, taints: readonly Taint[]): EvictionPlan {
  const silence = taints.filter((t) => t.effect === 'NoExecute' && isOfSilence(t))
  const wait = hasStableIdentity(pod) && silence.length > 0 ? 'server' : undefined
  if (isPodTerminating(pod)) return { at: undefined, waits: wait }
  if (waitsForItsServer(pod)) return { at: evictionTime(pod, taints.filter((t) => !isOfSilence(t))), waits: evictionTime(pod, silence) === undefined ? wait : 'data' }
  return { at: evictionTime(pod, wait === undefined ? taints : taints.filter((t) => t.key !== SERVER_LOST_TAINT)), waits: wait }
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
