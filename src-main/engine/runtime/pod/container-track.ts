import { timestamp } from '../../../common/clock.ts'
import { isConditionTrue } from '../../../common/kube/conditions.ts'
import type { Container, ContainerStateTerminated, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { WELL_MS } from './backoff.ts'
import { freshMemory } from './pod-view.ts'
import type { ContainerMemory, PodMemory } from './pod-view.ts'

/** Enough to tell the present run's log from the previous one's, whatever state the container is in. */
const KEPT_DEATHS = 3

/** The kernel tells of memory and of ends by different ways: on a busy server the first came after the second, and after the next run's start. */
const LATE_OOM_MS = 10_000
const SIGKILLED = 128 + 9

/** Why a container is stopped whose postStart hook failed. */
export const FAILED_HOOK = 'FailedPostStartHook'

/** What a restarted engine knows of a pod's containers before it looks: what the stored status says. Pure. */
export function recalled(pod: Frozen<Pod>): PodMemory {
  const containers = new Map<string, ContainerMemory>()
  for (const status of [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.ephemeralContainerStatuses ?? [])]) {
    const last = status.state?.terminated ?? status.lastState?.terminated
    containers.set(status.name, {
      ...freshMemory(),
      imageDigest: status.imageID,
      restarts: status.restartCount,
      // Enough to call the next young death a loop; how many there were nobody wrote down.
      youngDeaths: last !== undefined && diedYoung(last) ? Math.min(2, status.restartCount + 1) : 0,
      ready: status.ready,
      started: status.started ?? false,
      lastTerminated: last === undefined ? undefined : structuredClone(last),
      deaths: last?.finishedAt === undefined ? [] : [Date.parse(last.finishedAt)],
    })
  }
  const initialized = isConditionTrue(pod.status?.conditions, 'Initialized')
  return { address: undefined, filesIn: undefined, sandboxTrouble: undefined, filesTrouble: undefined, initialized, failed: undefined, containers }
}

/** A run began. Changes `known`. `startedAt` is the node's clock. */
export function noteStart(known: ContainerMemory, container: Container, startedAt: number): void {
  if (known.countedRun !== undefined || known.lastTerminated !== undefined) known.restarts++
  Object.assign(known, {
    countedRun: startedAt, trouble: undefined, restartWanted: false, unhealthy: undefined, oomKilled: false,
    ready: container.readinessProbe === undefined, started: container.startupProbe === undefined,
  } satisfies Partial<ContainerMemory>)
}

/** A run ended. Changes `known`. Times of the run are the node's; `now` is the engine's. */
export function noteDeath(known: ContainerMemory, run: { id: string; startedAt: number; finishedAt: number; exitCode: number }, now: number): void {
  // A container that was stopped in order to be started again did not crash; one whose hook or probe failed did, or it would be tried without a pause for ever.
  const young = run.finishedAt - run.startedAt < WELL_MS && (!known.restartWanted || known.unhealthy !== undefined)
  known.youngDeaths = young ? known.youngDeaths + 1 : 0
  known.diedAt = now
  known.deaths = [run.finishedAt, ...known.deaths].slice(0, KEPT_DEATHS)
  known.lastTerminated = terminated(run, known.oomKilled)
  known.ready = false
  known.started = false
  known.unhealthy = undefined
}

/** A process of it was ended for memory, as the runtime said at `at` (node's clock): of the run that goes on, or of one that ended just now. Changes `known`. */
export function noteOutOfMemory(known: ContainerMemory, at: number): void {
  const { lastTerminated: end, deaths: [died] } = known
  const isLate = end?.reason === 'Error' && end.exitCode === SIGKILLED && died !== undefined && at - died < LATE_OOM_MS
  if (isLate) known.lastTerminated = { ...end, reason: 'OOMKilled' }
  else known.oomKilled = true
}

/** The end of a run in Kubernetes' words. Pure. */
export function terminated(run: { id: string; startedAt: number; finishedAt: number; exitCode: number }, oomKilled: boolean): ContainerStateTerminated {
  return {
    exitCode: run.exitCode,
    reason: oomKilled ? 'OOMKilled' : run.exitCode === 0 ? 'Completed' : 'Error',
    startedAt: timestamp(run.startedAt), finishedAt: timestamp(run.finishedAt),
    containerID: `docker://${run.id}`,
  }
}

function diedYoung({ startedAt, finishedAt }: ContainerStateTerminated): boolean {
  return startedAt !== undefined && finishedAt !== undefined && Date.parse(finishedAt) - Date.parse(startedAt) < WELL_MS
}
