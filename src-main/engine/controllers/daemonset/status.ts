import type { DaemonSetStatus } from '../../../common/kube/generated/apps-v1.ts'
import { isPodReady, msUntilAvailable } from '../../../common/kube/pods.ts'
import { podRevision } from '../history/history.ts'
import { nodeFit } from '../../../common/kube/daemon-fit.ts'
import { byAge, isAvailable } from './plan.ts'
import type { Daemons } from './plan.ts'

/** A DaemonSet's status: nodes are counted, each by its oldest daemon. `lookAgainMs`: a Ready one counts as available then. Pure. */
export function computeStatus(daemons: Daemons, collisions: number): { status: DaemonSetStatus; lookAgainMs: number | undefined } {
  const { set, hash, nodes, byNode, now } = daemons
  let lookAgainMs: number | undefined
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, updated: 0, available: 0 }
  for (const node of nodes) {
    const [pod] = byAge(byNode.get(node.metadata.name) ?? [])
    if (!nodeFit(set, node).run) {
      if (pod !== undefined) counts.misscheduled++
      continue
    }
    counts.desired++
    if (pod === undefined) continue
    counts.current++
    if (podRevision(pod) === hash) counts.updated++
    if (!isPodReady(pod)) continue
    counts.ready++
    if (isAvailable(pod, daemons)) counts.available++
    else lookAgainMs = Math.min(lookAgainMs ?? Infinity, msUntilAvailable(pod, set.spec.minReadySeconds ?? 0, now) ?? Infinity)
  }
  const unavailable = counts.desired - counts.available
  const status: DaemonSetStatus = {
    currentNumberScheduled: counts.current, numberMisscheduled: counts.misscheduled, desiredNumberScheduled: counts.desired, numberReady: counts.ready,
    observedGeneration: set.metadata.generation ?? 0, ...(counts.updated > 0 ? { updatedNumberScheduled: counts.updated } : {}),
    ...(counts.available > 0 ? { numberAvailable: counts.available } : {}), ...(unavailable > 0 ? { numberUnavailable: unavailable } : {}),
    ...(collisions > 0 ? { collisionCount: collisions } : {}),
    ...(set.status?.conditions === undefined ? {} : { conditions: set.status.conditions }),
  }
  return { status, lookAgainMs }
}
