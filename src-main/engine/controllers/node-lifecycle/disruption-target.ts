import { timestamp } from '../../../common/clock.ts'
import { withCondition } from '../../../common/kube/conditions.ts'
import { DISRUPTION_TARGET } from '../../../common/kube/disruption.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { changeStatus } from '../../client/retry.ts'
import type { ControllerContext } from '../context.ts'

/**
 * Says on a pod that it is its server's taint that ends it, so that a Job need not count it as a failure. Only on one that somebody holds: of the
 * others nothing is left that could be read, and a lost server's pods are not to wait for one more write each.
 */
export async function sayDisrupted({ client, clock }: ControllerContext, pod: Frozen<Pod>): Promise<void> {
  if ((pod.metadata.finalizers ?? []).length === 0) return
  const { namespace = '', name, uid } = pod.metadata
  const condition = { type: DISRUPTION_TARGET, status: 'True', reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint', lastTransitionTime: timestamp(clock.now()) }
  await changeStatus(client, Pods, { namespace, name, uid }, (copy) => {
    copy.status = { ...copy.status, conditions: withCondition(copy.status?.conditions, condition) }
    return true
  })
}
