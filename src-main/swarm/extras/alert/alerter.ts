import type { Clock } from '../../../common/clock.ts'
import type { Explanation } from '../../../common/contract/objects.ts'
import type { AlertState } from '../../../policy/alerts/alert.ts'
import { nextAlert, QUIET } from '../../../policy/alerts/alert.ts'
import type { SwarmService } from '../../docker/types.ts'
import type { DockerOf } from '../autoscale/read-containers.ts'
import { UsageMeter } from '../autoscale/usage-meter.ts'
import { serviceRef } from '../../views/refs.ts'
import type { AlertBoard, Intent } from '../event-sink.ts'
import { Loop } from '../loop.ts'
import type { SwarmPicture } from '../picture.ts'
import type { Said } from '../said.ts'
import type { Condition } from './conditions.ts'
import { conditionsOf } from './conditions.ts'
import { EndedTasks } from './ended-tasks.ts'
import type { AlertSettings } from './settings.ts'
import { readAlert } from './settings.ts'

/** What alerts stand on. */
export interface AlerterParts {
  readonly picture: SwarmPicture
  readonly said: Said
  readonly board: AlertBoard
  readonly clock: Clock
  readonly dockerOf: DockerOf
  readonly onError: (error: unknown) => void
}

/** What is remembered of one service between looks. */
interface Watched {
  /** Its labels as they were read last: with others it begins anew. */
  readonly settings: string
  readonly alerts: Map<Condition['reason'], { state: AlertState; told?: Explanation }>
  /** Monotonic milliseconds of the next measurement. */
  dueAt: number
}

const UNWATCHED = 'It is not watched for any more: its labels do not ask for it, or cannot be followed.'

/** Tells of services that asked for it when they have too few tasks, end too often or use too much, and when that is over. Without such a service there is no timer, and nothing is measured. */
export class Alerter {
  readonly #parts: AlerterParts
  readonly #loop: Loop
  readonly #usage: UsageMeter
  readonly #ended = new EndedTasks()
  readonly #watched = new Map<string, Watched>()
  #onBoard = '[]'

  constructor(parts: AlerterParts) {
    this.#parts = parts
    this.#usage = new UsageMeter(parts.dockerOf, parts.clock)
    this.#loop = new Loop({ clock: parts.clock, onError: parts.onError, pass: (signal) => this.#pass(signal) })
  }

  wake(): void {
    this.#loop.wake()
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }

  /** What is watched of each service, and what is so now. Does nothing. */
  plan(): Intent[] {
    return this.#parts.picture.services().flatMap((service): Intent[] => {
      const asked = readAlert(service)
      const about = serviceRef(service)
      if (asked.is === 'not asked') return []
      if (asked.is === 'refused') return [{ about, extra: 'alert', what: 'refused', message: asked.problems.join(' ') }]
      const raised = this.#raised(service.ID)
      return [{ about, extra: 'alert', what: raised.length === 0 ? 'nothing' : 'wait', message: raised.length === 0 ? 'Nothing is wrong that it wants to be told of.' : raised.map(({ message }) => message).join(' ') }]
    })
  }

  async #pass(signal: AbortSignal): Promise<number | undefined> {
    const { picture, said, clock } = this.#parts
    const asking: { service: SwarmService; settings: AlertSettings }[] = []
    said.keep(picture.services())
    for (const service of picture.services()) {
      const asked = readAlert(service)
      said.state(service, asked.is === 'refused' ? asked.problems.map((message) => ({ type: 'Warning', reason: 'AlertRefused', message })) : [])
      if (asked.is === 'asked') asking.push({ service, settings: asked.settings })
    }
    this.#forget(asking)
    const due = asking.filter(({ service, settings }) => measures(settings) && this.#watch(service, settings).dueAt <= clock.monotonic())
    if (due.length > 0) await this.#usage.measure(new Map(due.map(({ service, settings }) => [service.ID, settings.everySeconds * 1000])), picture.tasks(), signal)
    if (signal.aborted) return undefined
    for (const { service, settings } of due) this.#watch(service, settings).dueAt = clock.monotonic() + settings.everySeconds * 1000
    const waits = asking.flatMap(({ service, settings }) => this.#look(service, settings))
    this.#show()
    return waits.length === 0 ? undefined : Math.max(1, Math.min(...waits))
  }

  /** Tells what turned. Gives the milliseconds after which it may be otherwise. */
  #look(service: SwarmService, settings: AlertSettings): number[] {
    const { picture, said, clock } = this.#parts
    const now = clock.monotonic()
    const watched = this.#watch(service, settings)
    this.#ended.take(service.ID, picture.tasks(), now, clock.now())
    const conditions = conditionsOf({
      service, settings, tasks: picture.tasks(), nodes: picture.nodes(), now, usage: (id) => this.#usage.usage(id), ends: this.#ended.times(service.ID, settings.windowSeconds * 1000, picture.tasks(), now),
    })
    const waits = measures(settings) ? [watched.dueAt - now] : []
    for (const { reason, isOver, rule, message, clearMessage, lookAgainMs } of conditions) {
      const before = watched.alerts.get(reason)
      const { state, turned, lookAgainMs: turnsMs } = nextAlert(before?.state ?? QUIET, isOver, rule, now)
      if (turned === 'raised') said.now(service, { type: 'Warning', reason, message })
      if (turned === 'cleared') said.now(service, { type: 'Normal', reason: 'AlertCleared', message: clearMessage })
      const told = turned === 'raised' ? { reason, message } : before?.told
      watched.alerts.set(reason, { state, ...(state.isRaised && told !== undefined ? { told } : {}) })
      waits.push(...[lookAgainMs, turnsMs].filter((ms) => ms !== undefined))
    }
    // What it asks for no more is over.
    for (const [reason, { told }] of watched.alerts) {
      if (conditions.some((condition) => condition.reason === reason)) continue
      if (told !== undefined) said.now(service, { type: 'Normal', reason: 'AlertCleared', message: UNWATCHED })
      watched.alerts.delete(reason)
    }
    return waits
  }

  #watch({ ID }: SwarmService, settings: AlertSettings): Watched {
    const text = JSON.stringify(settings)
    const known = this.#watched.get(ID)
    if (known?.settings === text) return known
    // What is raised stays raised until the new threshold says otherwise.
    const made: Watched = { settings: text, alerts: known?.alerts ?? new Map(), dueAt: this.#parts.clock.monotonic() }
    this.#watched.set(ID, made)
    return made
  }

  /** Services that are gone, or ask for nothing any more. */
  #forget(asking: readonly { service: SwarmService; settings: AlertSettings }[]): void {
    const { picture, said } = this.#parts
    const ids = new Set(asking.map(({ service }) => service.ID))
    for (const id of this.#watched.keys()) {
      if (ids.has(id)) continue
      const service = picture.services().find(({ ID }) => ID === id)
      if (service !== undefined && this.#raised(id).length > 0) said.now(service, { type: 'Normal', reason: 'AlertCleared', message: UNWATCHED })
      this.#watched.delete(id)
    }
    this.#ended.keep(ids)
    this.#usage.keep(ids, picture.tasks())
  }

  #raised(id: string): Explanation[] {
    return [...this.#watched.get(id)?.alerts.values() ?? []].flatMap(({ told }) => told ?? [])
  }

  #show(): void {
    const raised = new Map([...this.#watched.keys()].map((id) => [id, this.#raised(id)] as const).filter(([, alerts]) => alerts.length > 0))
    const text = JSON.stringify([...raised])
    if (text === this.#onBoard) return
    this.#onBoard = text
    this.#parts.board.raised(raised)
  }
}

function measures({ cpuPercent, memoryPercent }: AlertSettings): boolean {
  return cpuPercent !== undefined || memoryPercent !== undefined
}
