import type { Clock } from '../../../common/clock.ts'
import { timestamp } from '../../../common/clock.ts'
import { messageOf } from '../../../common/errors.ts'
import type { ServiceSpec } from '../../docker/specs.ts'
import type { SwarmService } from '../../docker/types.ts'
import type { ServiceWriter } from '../change-service.ts'
import { withForcedUpdate, withReplicas } from '../change-service.ts'
import type { Intent } from '../event-sink.ts'
import { serviceRef } from '../../views/refs.ts'
import { labelsOf, LAST_RUN, RUNNING } from '../labels.ts'
import { Loop } from '../loop.ts'
import type { SwarmPicture } from '../picture.ts'
import type { Said, Telling } from '../said.ts'
import { isBeingUpdated, modeOf } from '../service-state.ts'
import type { ScheduleIntent } from './intend.ts'
import { intendSchedule, outcomeText } from './intend.ts'
import { isMarked, lastRunOf, runState } from './run-state.ts'
import type { ScheduleSettings } from './settings.ts'
import { readSchedule } from './settings.ts'

/** What schedules stand on. */
export interface ScheduleRunnerParts {
  readonly picture: SwarmPicture
  readonly writer: ServiceWriter
  readonly said: Said
  readonly clock: Clock
  readonly onError: (error: unknown) => void
}

/** Timers sleep with the machine: while there is a scheduled service, the wall clock is looked at so often. */
const LONGEST_WAIT_MS = 60_000
/** The picture wakes the loop once it shows what was written; it is asked again in case that was missed. */
const BEHIND_MS = 1_000
/** What Swarm refused is tried again after so long. */
const RETRY_MS = 10_000

/**
 * Runs services at their times. That a run was begun is written on the service by the same write that begins it, upon the version that was read: it happens
 * once, whoever dies, and however many engines look. There is no timer while no service has a schedule.
 */
export class ScheduleRunner {
  readonly #parts: ScheduleRunnerParts
  readonly #loop: Loop
  /** Why a run could not be begun at the last look, by service. */
  readonly #refused = new Map<string, Telling>()
  /** Jobs whose run was begun here, or found under way at the first look: how it ends is told. */
  readonly #jobs = new Set<string>()
  #isFirst = true

  constructor(parts: ScheduleRunnerParts) {
    this.#parts = parts
    this.#loop = new Loop({ clock: parts.clock, onError: parts.onError, longestMs: LONGEST_WAIT_MS, pass: (signal) => this.#pass(signal) })
  }

  wake(): void {
    this.#loop.wake()
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }

  /** What would be done with each service now, and when it runs next. Does nothing. */
  plan(): Intent[] {
    const { picture, clock } = this.#parts
    return picture.services().flatMap((service): Intent[] => {
      const asked = readSchedule(service)
      const about = serviceRef(service)
      if (asked.is === 'not asked') return []
      if (asked.is === 'refused') return [{ about, extra: 'schedule', what: 'refused', message: asked.problems.join(' ') }]
      const { what, message } = intendSchedule({ service, settings: asked.settings, tasks: picture.tasks(), now: clock.now() })
      return [{ about, extra: 'schedule', what: what === 'rest' ? 'nothing' : what, message }]
    })
  }

  async #pass(signal: AbortSignal): Promise<number | undefined> {
    const { picture, said, writer, clock } = this.#parts
    const waits: number[] = []
    said.keep(picture.services())
    for (const service of picture.services()) {
      const asked = readSchedule(service)
      if (asked.is !== 'asked') {
        said.state(service, asked.is === 'refused' ? asked.problems.map((message) => ({ type: 'Warning', reason: 'ScheduleRefused', message })) : [])
        continue
      }
      if (writer.isBehind(service)) {
        waits.push(BEHIND_MS)
        continue
      }
      const intent = intendSchedule({ service, settings: asked.settings, tasks: picture.tasks(), now: clock.now() })
      if (signal.aborted) return undefined
      this.#followJob(service)
      if (!await this.#do(service, asked.settings, intent)) waits.push(RETRY_MS)
      if (intent.next !== undefined) waits.push(Math.max(1, intent.next - clock.now()))
    }
    this.#isFirst = false
    return waits.length === 0 ? undefined : Math.min(...waits)
  }

  /** Tells how a job's run ended. That cannot be written on its service: it would begin anew. */
  #followJob(service: SwarmService): void {
    if (modeOf(service) === 'replicated') return
    const { isRunning, isOver, failure } = runState(service, this.#parts.picture.tasks())
    if (this.#isFirst && isRunning && labelsOf(service)[LAST_RUN] !== undefined) this.#jobs.add(service.ID)
    if (isOver && this.#jobs.delete(service.ID)) this.#parts.said.now(service, ended(failure))
  }

  /** False: Swarm refused it. */
  async #do(service: SwarmService, settings: ScheduleSettings, intent: ScheduleIntent): Promise<boolean> {
    const { said, onError } = this.#parts
    const before = this.#refused.get(service.ID)
    // What Swarm refuses is told once, however often it is tried.
    said.state(service, before === undefined || intent.what === 'nothing' ? intent.states : [...intent.states, before])
    this.#refused.delete(service.ID)
    try {
      if (intent.what === 'run') await this.#run(service, settings, intent)
      else if (intent.what === 'rest') await this.#rest(service)
      return true
    } catch (error) {
      const telling: Telling = { type: 'Warning', reason: 'ScheduleFailed', message: `${intent.message} That could not be told to Swarm: ${messageOf(error)}` }
      this.#refused.set(service.ID, telling)
      said.state(service, [...intent.states, telling])
      onError(error)
      return false
    }
  }

  /** Unless somebody changed it, or another engine was first: then the picture will show it, and it is looked at anew. */
  async #run(service: SwarmService, { replicas }: ScheduleSettings, { at = 0, message }: ScheduleIntent): Promise<void> {
    const { writer, said } = this.#parts
    const asked = JSON.stringify(readSchedule(service))
    const written = await writer.change(service.ID, (fresh) => {
      const isSame = JSON.stringify(readSchedule(fresh)) === asked && isMarked(fresh) === isMarked(service) && !isBeingUpdated(fresh)
      return isSame && lastRunOf(fresh) < at ? withRun(fresh, replicas, at) : undefined
    })
    if (!written) return
    said.now(service, { type: 'Normal', reason: 'RunStarted', message })
    if (modeOf(service) !== 'replicated') this.#jobs.add(service.ID)
  }

  async #rest(service: SwarmService): Promise<void> {
    const { writer, said, picture } = this.#parts
    const { failure } = runState(service, picture.tasks())
    const written = await writer.change(service.ID, (fresh) => (isMarked(fresh) && runState(fresh, picture.tasks()).isOver ? withRest(fresh) : undefined))
    if (written) said.now(service, ended(failure))
  }
}

function ended(failure: string | undefined): Telling {
  return { type: failure === undefined ? 'Normal' : 'Warning', reason: failure === undefined ? 'RunCompleted' : 'RunFailed', message: outcomeText(failure) }
}

/** The spec that begins a run: tasks of its own, and the time it is for. */
function withRun(service: SwarmService, replicas: number, at: number): ServiceSpec {
  const isJob = modeOf(service) !== 'replicated'
  const spec = withForcedUpdate(isJob ? service.Spec : withReplicas(service.Spec, replicas))
  return { ...spec, Labels: { ...spec.Labels, [LAST_RUN]: timestamp(at), ...(isJob ? {} : { [RUNNING]: 'true' }) } }
}

/** The spec of a replicated service at rest: no tasks, so that an update of its image, or the loss of a node, starts nothing. */
function withRest(service: SwarmService): ServiceSpec {
  const { [RUNNING]: _, ...labels } = service.Spec.Labels ?? {}
  return { ...withReplicas(service.Spec, 0), Labels: labels }
}
