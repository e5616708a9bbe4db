import type { Release, ReleaseRevision, ReleaseStep } from '../../common/contract/index.ts'
import type { ReplicaSet } from '../../common/kube/generated/apps-v1.ts'
import { planOf } from '../../common/kube/rollout-plan.ts'
import type { Step } from '../../common/kube/rollout-plan.ts'
import type { RequestCounts, Rollout } from '../../common/kube/rollout.ts'
import { refOf } from './refs.ts'

const PHASES = { Waiting: 'waiting', Healthy: 'healthy', Progressing: 'progressing', Paused: 'paused', Aborted: 'aborted' } as const

/** A Rollout as an app's screen shows it; `replicaSets` are the app's. */
export function releaseOf(rollout: Readonly<Rollout>, replicaSets: readonly Readonly<ReplicaSet>[]): Release {
  const { spec, status = {} } = rollout
  const plan = planOf(spec.strategy)
  const at = status.step === undefined ? undefined : plan[status.step]
  const revision = (hash: string | undefined, counts: RequestCounts | undefined): ReleaseRevision | undefined => {
    const traffic = status.traffic?.find((t) => t.hash === hash)
    const set = replicaSets.find((rs) => rs.metadata.name === traffic?.replicaSet)
    if (traffic === undefined) return undefined
    return {
      name: traffic.replicaSet, images: (set?.spec.template?.spec?.containers ?? []).map(({ image = '' }) => image), weight: traffic.weight, pods: set?.status?.availableReplicas ?? 0,
      ...(counts === undefined ? {} : { requests: counts.requests, errors: counts.errors }), ...(counts?.meanMs === undefined ? {} : { meanMs: counts.meanMs }),
    }
  }
  const [stable, canary] = [revision(status.stable, status.analysis?.stable), revision(status.canary, status.analysis?.canary)]
  return {
    ref: refOf(rollout), phase: PHASES[status.phase ?? 'Waiting'], message: status.message ?? '', strategy: spec.strategy.blueGreen === undefined ? 'canary' : 'blueGreen', steps: plan.map(stepOf),
    byPods: canary !== undefined && canary.weight !== (status.weight ?? 0),
    ...(status.step === undefined ? {} : { step: status.step }),
    ...(status.phase === 'Paused' && at?.kind === 'pause' && at.seconds !== undefined ? { until: Date.parse(status.stepStartedAt ?? '') + at.seconds * 1000 } : {}),
    ...(stable === undefined ? {} : { stable }), ...(canary === undefined ? {} : { canary }), ...(status.analysis === undefined ? {} : { finding: status.analysis.message }),
  }
}

function stepOf(step: Step): ReleaseStep {
  if (step.kind === 'weight') return { weight: step.weight }
  return step.seconds === undefined ? { byHand: true } : { seconds: step.seconds }
}
