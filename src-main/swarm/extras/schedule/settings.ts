import type { Schedule } from '../../../common/cron/schedule.ts'
import { cronZoneProblem, parseSchedule } from '../../../common/cron/schedule.ts'
import type { SwarmService } from '../../docker/types.ts'
import type { Asked } from '../labels.ts'
import { ASKS, LabelReader, labelsOf, unasked } from '../labels.ts'
import { modeOf, replicasOf } from '../service-state.ts'
import { isMarked } from './run-state.ts'

/** When a service runs, and how. */
export interface ScheduleSettings {
  /** As it was written. */
  readonly text: string
  readonly schedule: Schedule
  readonly timeZone: string
  /** What becomes of a time at which it still runs: it waits for the end, or the new run takes the place of the old one. */
  readonly concurrency: 'forbid' | 'replace'
  /** A time that was missed by more is let go; undefined: never. */
  readonly deadlineSeconds: number | undefined
  /** Tasks of a run; of a job, what the job itself says counts. */
  readonly replicas: number
}

const MOST = 1000
const WEEK_S = 7 * 24 * 3600

/** Reads `toque.schedule` and what belongs to it; refuses what is no schedule, and a service that would never come to its end. Pure. */
export function readSchedule(service: SwarmService): Asked<ScheduleSettings> {
  const nothing = unasked(service, ASKS.schedule)
  if (nothing !== undefined) return nothing
  const labels = new LabelReader(labelsOf(service), ASKS.schedule, ['', 'timezone', 'concurrency', 'deadline', 'replicas'])
  const { problems } = labels
  const text = labels.text('') ?? ''
  const timeZone = labels.text('timezone') ?? 'UTC'
  const schedule = text === '' ? `${ASKS.schedule} is missing: say when it runs, such as "0 3 * * *" for every night at three.` : parseSchedule(text)
  if (typeof schedule === 'string') problems.push(text === '' ? schedule : `The label ${ASKS.schedule} is ${JSON.stringify(text)}, which is no schedule: ${schedule}.`)
  const zoneProblem = cronZoneProblem(timeZone)
  if (zoneProblem !== undefined) problems.push(`The label ${labels.label('timezone')} is ${JSON.stringify(timeZone)}: ${zoneProblem}.`)
  const concurrency = concurrencyOf(labels)
  const deadlineSeconds = labels.seconds('deadline', 10, WEEK_S)
  const replicas = labels.whole('replicas', 1, MOST) ?? 1
  problems.push(...clashes(service, labels))
  if (problems.length > 0 || typeof schedule === 'string') return { is: 'refused', problems }
  return { is: 'asked', settings: { text, schedule, timeZone, concurrency, deadlineSeconds, replicas } }
}

function concurrencyOf(labels: LabelReader): 'forbid' | 'replace' {
  if (labels.text('concurrency')?.toLowerCase() !== 'allow') return labels.word('concurrency', ['forbid', 'replace']) ?? 'forbid'
  labels.problems.push(`The label ${labels.label('concurrency')} is "allow", but Swarm runs a service once at a time: choose forbid or replace.`)
  return 'forbid'
}

function clashes(service: SwarmService, labels: LabelReader): string[] {
  const mode = modeOf(service)
  if (mode === 'global') return ['A global service cannot be run at times: set deploy.mode to global-job, replicated-job, or replicated with replicas: 0.']
  if (mode !== 'replicated') return labels.text('replicas') === undefined ? [] : [`${labels.label('replicas')} is for replicated services: how often a job runs is said by its own deploy.replicas.`]
  const condition = service.Spec.TaskTemplate.RestartPolicy?.Condition ?? 'any'
  if (condition === 'any') return ['Swarm would start its tasks again whenever they end: set deploy.restart_policy.condition to none or on-failure, or deploy.mode to replicated-job.']
  const replicas = replicasOf(service)
  // Afterwards it has none of its own: how many there were would be forgotten.
  if (replicas > 1 && labels.text('replicas') === undefined && !isMarked(service)) return [`It has deploy.replicas: ${String(replicas)}, and runs with none between its times: set deploy.replicas to 0 and ${labels.label('replicas')} to ${String(replicas)}.`]
  return []
}
