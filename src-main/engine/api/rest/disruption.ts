import { timestamp } from '../../../common/clock.ts'
import { StatusError } from '../../../common/errors.ts'
import { DISRUPTION_BUDGET, syncFailure, withDisruptionCondition } from '../../../common/kube/disruption.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { StatusCause } from '../../../common/kube/generated/meta-v1.ts'
import type { PodDisruptionBudget } from '../../../common/kube/generated/policy-v1.ts'
import { PodDisruptionBudgets } from '../../../common/kube/kinds.ts'
import { matchesSelector } from '../../../common/kube/labels.ts'
import { isPodReady } from '../../../common/kube/pods.ts'
import type { Core, WriteOptions } from './core.ts'
import { list } from './read.ts'
import { change } from './update.ts'

/** So many evictions may wait to be counted; more, and something is wrong with who counts. */
const MOST_UNCOUNTED = 2000
const REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."
/** When to ask again about a budget that was not counted since it changed. */
const NOT_COUNTED_S = 10

/**
 * May the pod be evicted? Takes it from its budget's number, or throws: TooManyRequests with a DisruptionBudget cause when the budget allows no more,
 * InternalError when the pod has several budgets. Resolves with whether the answer holds only for the pod as it is: one that is not healthy costs nothing.
 */
export async function admitDisruption(core: Core, pod: Readonly<Pod>, options: WriteOptions): Promise<{ onlyAsItIs: boolean }> {
  const { namespace = '' } = pod.metadata
  const kind = core.registry.find(PodDisruptionBudgets)
  if (kind === undefined) return { onlyAsItIs: false }
  const budgets = (list(core, kind, { namespace }).items as PodDisruptionBudget[]).filter((b) => matchesSelector(pod.metadata.labels, b.spec.selector))
  const [budget] = budgets
  if (budget === undefined) return { onlyAsItIs: false }
  if (budgets.length > 1) throw new StatusError('InternalError', 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.')
  if (!isPodReady(pod) && mayGoUnhealthy(budget)) return { onlyAsItIs: true }
  await change(core, kind, namespace, budget.metadata.name, 'status', 'evict', (current) => takenFrom(current as PodDisruptionBudget, pod.metadata.name, core.clock.now()), options)
  return { onlyAsItIs: false }
}

function mayGoUnhealthy({ spec, status }: PodDisruptionBudget): boolean {
  if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {}
  return currentHealthy >= desiredHealthy && desiredHealthy > 0
}

/** The budget with one disruption less, which says whose; throws when it has none. Pure. */
function takenFrom(budget: PodDisruptionBudget, pod: string, now: number): PodDisruptionBudget {
  const { name, generation = 0 } = budget.metadata
  const { observedGeneration = 0, disruptionsAllowed = 0, desiredHealthy = 0, currentHealthy = 0, expectedPods = 0, disruptedPods = {} } = budget.status ?? {}
  if (observedGeneration < generation) throw refusal(`The disruption budget ${name} is still being processed by the server.`, NOT_COUNTED_S)
  if (disruptionsAllowed < 0) throw forbidden(name, 'pdb disruptions allowed is negative')
  if (Object.keys(disruptedPods).length > MOST_UNCOUNTED) throw forbidden(name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller')
  if (disruptionsAllowed === 0) {
    const failure = syncFailure(budget)
    const needs = `The disruption budget ${name} needs ${String(desiredHealthy)} healthy pods and has ${String(currentHealthy)} currently`
    throw refusal(failure === undefined ? needs : `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${failure}`)
  }
  const status = { ...budget.status, currentHealthy, desiredHealthy, expectedPods, disruptionsAllowed: disruptionsAllowed - 1, disruptedPods: { ...disruptedPods, [pod]: timestamp(now) } }
  return { ...budget, status: status.disruptionsAllowed === 0 ? withDisruptionCondition(status, now) : status }
}

function refusal(message: string, retryAfterSeconds?: number): StatusError {
  const causes: StatusCause[] = [{ reason: DISRUPTION_BUDGET, message }]
  return new StatusError('TooManyRequests', REFUSED, { causes, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) })
}

function forbidden(name: string, why: string): StatusError {
  return new StatusError('Forbidden', `poddisruptionbudgets.policy "${name}" is forbidden: ${why}`, { name, group: 'policy', kind: 'poddisruptionbudgets' })
}
