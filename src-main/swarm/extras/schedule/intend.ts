import { timestamp } from '../../../common/clock.ts'
import { computeDue } from '../../../policy/schedules/due.ts'
import type { SwarmService, SwarmTask } from '../../docker/types.ts'
import type { Telling } from '../said.ts'
import { isBeingUpdated } from '../service-state.ts'
import { isMarked, lastRunOf, runState } from './run-state.ts'
import type { ScheduleSettings } from './settings.ts'

/** All that a look at one service is made of. */
export interface ScheduleInput {
  readonly service: SwarmService
  readonly settings: ScheduleSettings
  readonly tasks: readonly SwarmTask[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** What comes of it. `rest`: the run is over, and that is written. */
export interface ScheduleIntent {
  readonly what: 'run' | 'rest' | 'nothing' | 'wait'
  /** The time that the run is for. */
  readonly at?: number
  readonly message: string
  /** When to look again, milliseconds since the epoch; undefined: nothing more will come. */
  readonly next: number | undefined
  /** What is to be told for as long as it is so. */
  readonly states: readonly Telling[]
}

/** What a scheduled service is due for. Of all times that were missed only the latest counts, as for a CronJob. Pure. */
export function intendSchedule({ service, settings, tasks, now }: ScheduleInput): ScheduleIntent {
  const { schedule, timeZone, deadlineSeconds, concurrency, text } = settings
  const { at, tooMany, next } = computeDue(
    {
      metadata: { creationTimestamp: service.CreatedAt }, status: { lastScheduleTime: new Date(lastRunOf(service)).toISOString() },
      spec: { timeZone, ...(deadlineSeconds === undefined ? {} : { startingDeadlineSeconds: deadlineSeconds }) },
    }, schedule, now,
  )
  const { isRunning, isOver, failure } = runState(service, tasks)
  const states: Telling[] = tooMany ? [{ type: 'Warning', reason: 'MissedRuns', message: 'More than a hundred of its times were missed; it runs once for all of them. Set toque.schedule.deadline to let old ones go.' }] : []
  const nextText = next === undefined ? 'It will not run again' : `It runs next at ${timestamp(next)} (${text}, ${timeZone})`
  // One that stopped half-way is a run that failed at once in the place of another: the next run is what helps.
  if (isBeingUpdated(service)) return { what: 'wait', message: 'Its tasks are being replaced: it is not run until that is over.', next, states }
  if (isOver && isMarked(service)) return { what: 'rest', message: outcomeText(failure), next, states }
  if (at === undefined) return { what: 'nothing', message: isRunning ? `It runs now. ${nextText}.` : `${nextText}.`, next, states }
  if (isRunning && concurrency === 'forbid') {
    const message = `It should run for ${timestamp(at)}, but the run before is not over: it waits for that. Set toque.schedule.concurrency to replace to end the old run instead.`
    return { what: 'wait', message, next, states: [...states, { type: 'Warning', reason: 'StillRunning', message }] }
  }
  return { what: 'run', at, message: isRunning ? `It is run for ${timestamp(at)} (${text}, ${timeZone}), in the place of the one before, which was not over.` : `It is run for ${timestamp(at)} (${text}, ${timeZone}).`, next, states }
}

/** How a run ended. */
export function outcomeText(failure: string | undefined): string {
  return `The run is over: ${failure ?? 'it did its work'}.`
}
