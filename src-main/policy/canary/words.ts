import { timestamp } from '../../common/clock.ts'
import { ROLLOUT_ORDER } from '../../common/kube/rollout.ts'
import type { Step } from '../../common/kube/rollout-plan.ts'

/** What is told of a step. */
export interface StepTold {
  /** The Rollout's name. */
  name: string
  plan: readonly Step[]
  step: number
  weight: number
  /** Milliseconds since the epoch. */
  startedAt: number
  current: { replicaSet: string; available: number }
  /** Pods that the step needs of it. */
  wanted: number
  /** The Deployment is paused. */
  paused: boolean
  /** Percent of the requests that really go there. */
  share: number
}

/** A sentence about the step under way, and what it waits for. */
export function messageFor({ name, plan, step, weight, startedAt, current, wanted, paused, share }: StepTold): string {
  const at = plan[step]
  const where = `step ${String(step + 1)} of ${String(plan.length)}`
  const has = `revision ${current.replicaSet} has ${String(share)} % of the requests${share === weight ? '' : ` (${String(weight)} % as near as numbers of pods come: no Ingress leads here)`}`
  if (paused) return `${where}: ${has}; the Deployment is paused, and so is this`
  if (at?.kind === 'weight') return `${where}: revision ${current.replicaSet} gets ${String(at.weight)} % of the requests as soon as ${String(wanted)} of its pods are available; ${String(current.available)} are`
  if (at?.seconds !== undefined) return `${where}: ${has}, until ${timestamp(Math.ceil((startedAt + at.seconds * 1000) / 1000) * 1000)}`
  return `${where}: ${has}, until somebody promotes it: kubectl annotate --overwrite rollout ${name} ${ROLLOUT_ORDER}="promote $(date +%s)"`
}
