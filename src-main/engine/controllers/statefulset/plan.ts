import { scaledValue } from '../../../common/kube/int-or-percent.ts'
import type { StatefulSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { isPodReady, isPodTerminated, isPodTerminating, msUntilAvailable } from '../../../common/kube/pods.ts'
import { podRevision } from '../history/history.ts'
import { identityLabels, isInRange, ordinalOf, startOf } from './identity.ts'

/** What is known of a set when it is decided what to do. */
export interface Observed<P extends Pod> {
  /** The set's own pods, ended and ending ones too. */
  pods: readonly P[]
  /** Names of the revision that the rollout comes from, and of the one it goes to. */
  current: string
  update: string
  /** Milliseconds since the epoch. */
  now: number
}

/** One thing to do. All of one plan may be done together, but `create`s stand before what waits for them. */
export type Step<P extends Pod> =
  | { do: 'create'; ordinal: number; revision: 'current' | 'update' }
  /** `failed`: it ended, and another one takes its place. */
  | { do: 'delete'; pod: P; why: 'failed' | 'scale' | 'update' }
  /** Its labels do not say which pod it is. */
  | { do: 'label'; pod: P; ordinal: number }
  /** It waits for a node, maybe for a claim that somebody deleted. */
  | { do: 'claims'; ordinal: number }

/** One after the other (OrderedReady), or all at once? */
function isOrdered(set: StatefulSet): boolean {
  return set.spec.podManagementPolicy !== 'Parallel'
}

export function isRunningAndReady(pod: Pod): boolean {
  return pod.status?.phase === 'Running' && isPodReady(pod)
}

function isHealthy(pod: Pod): boolean {
  return isRunningAndReady(pod) && !isPodTerminating(pod)
}

/**
 * What to do next about a set's pods. In order: what is missing is made and what ended is replaced, from the lowest ordinal up; then what is too
 * much goes, and then what is of an old revision, from the highest down. OrderedReady does one of these at a time, and waits for each pod
 * to be available or gone. Pure.
 */
export function planSteps<P extends Pod>(set: StatefulSet, observed: Observed<P>): Step<P>[] {
  const byOrdinal = new Map(observed.pods.map((pod) => [ordinalOf(set, pod) ?? -1, pod]))
  const ordinals = Array.from({ length: set.spec.replicas ?? 1 }, (_, i) => startOf(set) + i)
  const condemned = [...byOrdinal].filter(([ordinal]) => !isInRange(set, ordinal)).sort(([a], [b]) => b - a).map(([, pod]) => pod)
  const { steps, wait } = planReplicas(set, observed, ordinals, byOrdinal)
  if (wait) return steps
  const replicas = ordinals.map((ordinal) => byOrdinal.get(ordinal))
  const going = planCondemned(set, observed, condemned, replicas)
  steps.push(...going.steps)
  return going.wait ? steps : [...steps, ...planUpdate(set, observed, replicas)]
}

function planReplicas<P extends Pod>(set: StatefulSet, observed: Observed<P>, ordinals: readonly number[], byOrdinal: ReadonlyMap<number, P>): { steps: Step<P>[]; wait: boolean } {
  const steps: Step<P>[] = []
  const ordered = isOrdered(set)
  for (const ordinal of ordinals) {
    const pod = byOrdinal.get(ordinal)
    if (pod === undefined) {
      steps.push({ do: 'create', ordinal, revision: isOfCurrent(set, observed, ordinal) ? 'current' : 'update' })
      if (ordered) return { steps, wait: true }
      continue
    }
    // Its name is free only when it is gone: the one that takes its place is made then.
    if (isPodTerminated(pod)) {
      if (!isPodTerminating(pod)) steps.push({ do: 'delete', pod, why: 'failed' })
      if (ordered) return { steps, wait: true }
      continue
    }
    if (pod.status?.phase === 'Pending' && (set.spec.volumeClaimTemplates ?? []).length > 0) steps.push({ do: 'claims', ordinal })
    if (ordered && !(isHealthy(pod) && isAvailable(set, pod, observed.now))) return { steps, wait: true }
    const labels = Object.entries(identityLabels(set, ordinal))
    if (labels.some(([key, value]) => pod.metadata.labels?.[key] !== value)) steps.push({ do: 'label', pod, ordinal })
  }
  return { steps, wait: false }
}

function planCondemned<P extends Pod>(set: StatefulSet, { now }: Observed<P>, condemned: readonly P[], replicas: readonly (P | undefined)[]): { steps: Step<P>[]; wait: boolean } {
  if (!isOrdered(set)) return { steps: condemned.filter((pod) => !isPodTerminating(pod)).map((pod) => ({ do: 'delete', pod, why: 'scale' })), wait: false }
  const [highest] = condemned
  if (highest === undefined) return { steps: [], wait: false }
  // One that does not run may go all the same when it is the lowest of those: waiting for it would be for ever.
  const firstUnhealthy = [...replicas, ...[...condemned].reverse()].find((pod) => pod === undefined || !isHealthy(pod))
  const mayGo = !isPodTerminating(highest) && ((isRunningAndReady(highest) && isAvailable(set, highest, now)) || highest === firstUnhealthy)
  return { steps: mayGo ? [{ do: 'delete', pod: highest, why: 'scale' }] : [], wait: true }
}

function planUpdate<P extends Pod>(set: StatefulSet, { update }: Observed<P>, replicas: readonly (P | undefined)[]): Step<P>[] {
  if (set.spec.updateStrategy?.type === 'OnDelete') return []
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0
  const targets = replicas.slice(partition).reverse()
  const isOld = (pod: P | undefined): pod is P => pod !== undefined && podRevision(pod) !== update && !isPodTerminating(pod)
  const most = maxUnavailable(set)
  if (most === 1) {
    for (const pod of targets) {
      if (isOld(pod)) return [{ do: 'delete', pod, why: 'update' }]
      if (pod === undefined || !isHealthy(pod)) return []
    }
    return []
  }
  const unavailable = replicas.filter((pod) => pod === undefined || !isHealthy(pod)).length
  return targets.filter(isOld).slice(0, Math.max(0, most - unavailable)).map((pod) => ({ do: 'delete', pod, why: 'update' }))
}

/** How many pods of the set a rolling update may have away at a time. */
export function maxUnavailable(set: StatefulSet): number {
  return Math.max(1, scaledValue(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, set.spec.replicas ?? 1, 'down'))
}

/** A pod below the partition stays with the revision that the rollout comes from. */
function isOfCurrent<P extends Pod>(set: StatefulSet, { current, update }: Observed<P>, ordinal: number): boolean {
  if (set.spec.updateStrategy?.type !== 'RollingUpdate' || current === update) return false
  return ordinal < startOf(set) + (set.spec.updateStrategy.rollingUpdate?.partition ?? 0)
}

function isAvailable(set: StatefulSet, pod: Pod, now: number): boolean {
  const ms = msUntilAvailable(pod, set.spec.minReadySeconds ?? 0, now)
  return ms !== undefined && ms <= 0
}
