import type { Deployment, DeploymentCondition, ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Rollout } from '../../../common/kube/rollout.ts'
import { wantedOf } from './rolling.ts'
import type { Scale } from './rolling.ts'
import { Annotation } from './revisions.ts'
import { conditionOf } from './status.ts'

/** How many pods a ReplicaSet shall have. */
export type HeldSizes = (rs: ReplicaSet | undefined) => number

/**
 * The sizes that a Deployment's Rollout says; undefined: it says nothing, and the Deployment goes its own way. A ReplicaSet that it has not looked at yet has none: a new
 * template waits for it. One that has not looked at anything yet lets a first roll go, and holds what runs already.
 */
export function heldSizes(d: Deployment, rollout: Rollout | undefined, current: ReplicaSet | undefined, old: readonly ReplicaSet[]): HeldSizes | undefined {
  if (rollout === undefined || d.spec.strategy?.type === 'Recreate') return undefined
  const { traffic } = rollout.status ?? {}
  if (rollout.status === undefined) return old.some((rs) => wantedOf(rs) > 0) ? (rs) => (rs === undefined ? 0 : wantedOf(rs)) : undefined
  if (traffic === undefined || traffic.length === 0) return undefined
  const [only] = traffic
  if (traffic.length === 1 && only?.replicas === undefined && only?.replicaSet === current?.metadata.name) return undefined
  const replicas = d.spec.replicas ?? 1
  const said = new Map(traffic.map((revision) => [revision.replicaSet, revision.replicas ?? replicas]))
  return (rs) => (rs === undefined ? 0 : (said.get(rs.metadata.name) ?? 0))
}

/** What is to be changed for the sizes; each learns the Deployment's number, too, which scaling in its own way goes by. */
export function heldScales<RS extends ReplicaSet>(d: Deployment, sets: readonly RS[], sizes: HeldSizes): Scale<RS>[] {
  const desired = String(d.spec.replicas ?? 1)
  return sets.filter((rs) => wantedOf(rs) !== sizes(rs) || (sizes(rs) > 0 && rs.metadata.annotations?.[Annotation.desired] !== desired)).map((rs) => ({ rs, replicas: sizes(rs) }))
}

/** The condition Progressing while a Rollout leads. An aborted one has the one reason on which `kubectl rollout status` ends with an error. */
export function heldCondition({ metadata, status }: Rollout, now: number): DeploymentCondition {
  const message = `Rollout "${metadata.name}": ${status?.message ?? 'it has not looked at the new template yet'}`
  if (status?.phase === 'Aborted') return conditionOf('Progressing', false, 'ProgressDeadlineExceeded', message, now)
  return conditionOf('Progressing', true, status?.phase === 'Paused' ? 'RolloutPaused' : 'RolloutProgressing', message, now)
}

/** Is the condition one of a Rollout that leads, or led? */
export function isHeldReason(reason: string | undefined): boolean {
  return reason === 'RolloutPaused' || reason === 'RolloutProgressing'
}
