import type { Explanation, Health } from '../../common/contract/index.ts'
import type { ConditionLike } from '../../common/kube/conditions.ts'
import type { Node, Pod } from '../../common/kube/generated/core-v1.ts'
import type { KubeObject } from '../../common/kube/object.ts'
import { instanceOf } from './instance.ts'
import { nodeSummary } from './node.ts'

/** How an object of any kind is, as far as it says so. */
export interface ObjectStatus {
  health?: Health
  state?: string
  why?: Explanation
}

/** What most kinds have in common, by Kubernetes' conventions. */
interface Conventional {
  spec?: { replicas?: unknown; suspend?: unknown }
  status?: { phase?: unknown; message?: unknown; conditions?: unknown; readyReplicas?: unknown; numberReady?: unknown; desiredNumberScheduled?: unknown }
}

const PHASES: Readonly<Record<string, Health>> = {
  Active: 'healthy', Available: 'healthy', Bound: 'healthy', Ready: 'healthy', Running: 'healthy', Released: 'stopped', Succeeded: 'stopped', Pending: 'progressing', Terminating: 'progressing',
  Failed: 'failed', Lost: 'failed', Unknown: 'unknown',
}
const BAD_WHEN_TRUE: Readonly<Record<string, Health>> = { Failed: 'failed', ReplicaFailure: 'failed' }
const BAD_WHEN_FALSE: Readonly<Record<string, Health>> = { Ready: 'degraded', Available: 'degraded', Established: 'degraded', AbleToScale: 'degraded', ScalingActive: 'degraded', Progressing: 'failed' }
const ENDED: readonly string[] = ['Complete', 'Suspended']
const GOOD: readonly string[] = ['Ready', 'Available', 'Established', 'ScalingActive']

/** Reads an object's health by Kubernetes' conventions (deletion, phase, conditions, replicas), so that a new kind needs no code; pods and nodes say more. */
export function statusOf(object: Readonly<KubeObject>): ObjectStatus {
  if (object.metadata.deletionTimestamp !== undefined) return { health: 'progressing', state: 'Terminating' }
  if (object.kind === 'Pod') {
    const { health, status, why } = instanceOf(object as Readonly<Pod>, undefined)
    return { health, state: status, ...(why === undefined ? {} : { why }) }
  }
  if (object.kind === 'Node') {
    const { health, why } = nodeSummary(object as Readonly<Node>, [])
    return { health, ...(why === undefined ? {} : { why }) }
  }
  const { spec, status } = object as Readonly<KubeObject> & Conventional
  const conditions = conditionsOf(object)
  const trouble = troubleOf(conditions)
  if (trouble !== undefined) return trouble
  if (spec?.suspend === true) return { health: 'stopped', state: 'Suspended' }
  if (typeof status?.phase === 'string') {
    const health = PHASES[status.phase]
    return { ...(health === undefined ? {} : { health }), state: status.phase }
  }
  const ended = conditions.find((c) => ENDED.includes(c.type) && c.status === 'True')
  if (ended !== undefined) return { health: 'stopped', state: ended.type }
  const counted = replicasHealth(spec, status)
  if (counted !== undefined) return { health: counted }
  return conditions.some((c) => GOOD.includes(c.type) && c.status === 'True') ? { health: 'healthy' } : {}
}

/** An object's conditions; none where it has no such list. */
export function conditionsOf(object: Readonly<KubeObject>): ConditionLike[] {
  const conditions = (object as Readonly<KubeObject> & Conventional).status?.conditions
  return Array.isArray(conditions) ? conditions.filter((c): c is ConditionLike => typeof (c as { type?: unknown } | null)?.type === 'string') : []
}

function troubleOf(conditions: readonly ConditionLike[]): ObjectStatus | undefined {
  for (const condition of conditions) {
    const health = condition.status === 'True' ? BAD_WHEN_TRUE[condition.type] : condition.status === 'False' ? BAD_WHEN_FALSE[condition.type] : undefined
    if (health !== undefined) return { health, why: { reason: condition.reason ?? condition.type, message: condition.message ?? '' } }
  }
  return undefined
}

function replicasHealth(spec: Conventional['spec'], status: Conventional['status']): Health | undefined {
  const desired = status?.desiredNumberScheduled ?? spec?.replicas
  if (typeof desired !== 'number' || status === undefined) return undefined
  if (desired === 0) return 'stopped'
  const ready = status.numberReady ?? status.readyReplicas ?? 0
  return typeof ready === 'number' && ready >= desired ? 'healthy' : 'progressing'
}
