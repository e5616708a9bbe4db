import { timestamp } from '../../../common/clock.ts'
import { withCondition, withoutCondition } from '../../../common/kube/conditions.ts'
import type { ReplicaSet, ReplicaSetStatus } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { isPodReady, msUntilAvailable } from '../../../common/kube/pods.ts'

/** Why pods could not be made or deleted. */
export interface ReplicaFailure {
  reason: 'FailedCreate' | 'FailedDelete' | 'PodsTurnedAway'
  message: string
}

/** A ReplicaSet's status from its active pods, and when to look again because a Ready pod then counts as available (undefined: never). */
export function computeStatus(
  rs: ReplicaSet, active: readonly Pod[], failure: ReplicaFailure | undefined, now: number,
): { status: ReplicaSetStatus; lookAgainMs: number | undefined } {
  const minReady = rs.spec.minReadySeconds ?? 0
  const labels = Object.entries(rs.spec.template?.metadata?.labels ?? {})
  let [labelled, ready, available, lookAgainMs]: [number, number, number, number | undefined] = [0, 0, 0, undefined]
  // One pass: it is made for every change of any of the pods.
  for (const pod of active) {
    if (labels.every(([key, value]) => pod.metadata.labels?.[key] === value)) labelled++
    if (!isPodReady(pod)) continue
    ready++
    const ms = msUntilAvailable(pod, minReady, now)
    if (ms === undefined) continue
    if (ms <= 0) available++
    else lookAgainMs = Math.min(lookAgainMs ?? Infinity, ms)
  }
  const conditions = failure === undefined
    ? withoutCondition(rs.status?.conditions, 'ReplicaFailure')
    : withCondition(rs.status?.conditions, { type: 'ReplicaFailure', status: 'True', ...failure, lastTransitionTime: timestamp(now) })
  const status: ReplicaSetStatus = {
    replicas: active.length,
    fullyLabeledReplicas: labelled,
    readyReplicas: ready,
    availableReplicas: available,
    observedGeneration: rs.metadata.generation ?? 0,
    ...(conditions.length > 0 ? { conditions } : {}),
  }
  return { status, lookAgainMs }
}
