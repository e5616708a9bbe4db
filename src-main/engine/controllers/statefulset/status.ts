import type { StatefulSet, StatefulSetStatus } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { isPodTerminating, msUntilAvailable } from '../../../common/kube/pods.ts'
import { podRevision } from '../history/history.ts'
import { isRunningAndReady } from './plan.ts'

/** A set's status from its own pods, and when to look again because a Ready pod then counts as available (undefined: never). Pure. */
export function computeStatus(
  set: StatefulSet, { pods, current, update, collisionCount, now }: { pods: readonly Pod[]; current: string; update: string; collisionCount: number; now: number },
): { status: StatefulSetStatus; lookAgainMs: number | undefined } {
  const wanted = set.spec.replicas ?? 1
  const staying = pods.filter((pod) => !isPodTerminating(pod))
  const ready = pods.filter(isRunningAndReady)
  const waits = ready.map((pod) => msUntilAvailable(pod, set.spec.minReadySeconds ?? 0, now) ?? Infinity)
  const count = (revision: string): number => staying.filter((pod) => podRevision(pod) === revision).length
  const status: StatefulSetStatus = {
    ...(set.status?.conditions === undefined ? {} : { conditions: set.status.conditions }),
    observedGeneration: set.metadata.generation ?? 0,
    replicas: pods.length, readyReplicas: ready.length, availableReplicas: waits.filter((ms) => ms <= 0).length,
    currentReplicas: count(current), updatedReplicas: count(update), currentRevision: current, updateRevision: update, collisionCount,
  }
  const isRolling = set.spec.updateStrategy?.type === 'RollingUpdate'
  // The rollout is over when all there is runs the new revision.
  if (isRolling && [status.updatedReplicas, status.readyReplicas, status.replicas].every((n) => n === wanted)) {
    status.currentReplicas = status.updatedReplicas ?? 0
    status.currentRevision = update
  }
  const next = waits.filter((ms) => ms > 0 && ms !== Infinity)
  return { status, lookAgainMs: next.length > 0 ? Math.min(...next) : undefined }
}
