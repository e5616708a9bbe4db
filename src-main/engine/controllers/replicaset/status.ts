import { timestamp } from '../../../common/clock.ts'
import { withCondition, withoutCondition } from '../../../common/kube/conditions.ts'
import type { ReplicaSet, ReplicaSetStatus } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { matchesLabels } from '../../../common/kube/labels.ts'
import { isPodReady, msUntilAvailable } from '../../../common/kube/pods.ts'

/** Why pods could not be made or deleted. */
export interface ReplicaFailure {
  reason: 'FailedCreate' | 'FailedDelete'
  message: string
}

/** A ReplicaSet's status from its active pods, and when to look again because a Ready pod then counts as available (undefined: never). */
export function computeStatus(
  rs: ReplicaSet, active: readonly Pod[], failure: ReplicaFailure | undefined, now: number,
): { status: ReplicaSetStatus; lookAgainMs: number | undefined } {
  const minReady = rs.spec.minReadySeconds ?? 0
  const waits = active.map((pod) => msUntilAvailable(pod, minReady, now)).filter((ms) => ms !== undefined)
  const later = waits.filter((ms) => ms > 0)
  const conditions = failure === undefined
    ? withoutCondition(rs.status?.conditions, 'ReplicaFailure')
    : withCondition(rs.status?.conditions, { type: 'ReplicaFailure', status: 'True', ...failure, lastTransitionTime: timestamp(now) })
  const status: ReplicaSetStatus = {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => matchesLabels(pod.metadata.labels, rs.spec.template?.metadata?.labels)).length,
    readyReplicas: active.filter(isPodReady).length,
    availableReplicas: waits.length - later.length,
    observedGeneration: rs.metadata.generation ?? 0,
    ...(conditions.length > 0 ? { conditions } : {}),
  }
  return { status, lookAgainMs: later.length > 0 ? Math.min(...later) : undefined }
}
