import type { Clock } from '../../../common/clock.ts'
import { messageOf } from '../../../common/errors.ts'
import type { Memory } from '../../../policy/autoscaling/behavior.ts'
import { NO_MEMORY } from '../../../policy/autoscaling/behavior.ts'
import { afterScaling } from '../../../policy/autoscaling/decide.ts'
import type { SwarmService, SwarmTask } from '../../docker/types.ts'
import type { ServiceWriter } from '../change-service.ts'
import { withReplicas } from '../change-service.ts'
import type { Intent } from '../event-sink.ts'
import { serviceRef } from '../../views/refs.ts'
import { Loop } from '../loop.ts'
import type { SwarmPicture } from '../picture.ts'
import type { Said, Telling } from '../said.ts'
import { isChanging, replicasOf } from '../service-state.ts'
import { behaviorOf, intendAutoscale, USAGE_UNKNOWN } from './intend.ts'
import type { AutoscaleIntent } from './intend.ts'
import type { DockerOf } from './read-containers.ts'
import type { AutoscaleSettings } from './settings.ts'
import { readAutoscale } from './settings.ts'
import { UsageMeter } from './usage-meter.ts'

/** What autoscaling stands on. */
export interface AutoscalerParts {
  readonly picture: SwarmPicture
  readonly writer: ServiceWriter
  readonly said: Said
  readonly clock: Clock
  readonly dockerOf: DockerOf
  readonly onError: (error: unknown) => void
}

/** What is remembered of one service between looks. */
interface Watched {
  /** Its labels as they were read last: other settings are looked at at once. */
  readonly settings: string
  readonly memory: Memory
  /** As it was when it was last looked at: another number is somebody else's. */
  readonly replicas: number
  /** Monotonic milliseconds of the next look. */
  readonly dueAt: number
  /** Monotonic, since when its use cannot be told. */
  readonly unknownSince: number | undefined
  /** Why Swarm refused what was asked of it at that look. */
  readonly refusal: Telling | undefined
}

interface Candidate {
  readonly service: SwarmService
  readonly settings: AutoscaleSettings
}

/** Tasks that just began have no measure yet: for so long that is nothing to warn of. */
const WARM_UP_MS = 60_000
/** The picture wakes the loop once it shows what was written; it is asked again in case that was missed. */
const BEHIND_MS = 1_000

/** Looks at each service that asks for it as often as it says, and scales it. Nothing is measured, and no timer runs, while there is none. */
export class Autoscaler {
  readonly #parts: AutoscalerParts
  readonly #loop: Loop
  readonly #usage: UsageMeter
  readonly #watched = new Map<string, Watched>()

  constructor(parts: AutoscalerParts) {
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

  /** What a look at each service would come to now. Measures, and does nothing. */
  async plan(signal: AbortSignal): Promise<Intent[]> {
    const { picture } = this.#parts
    const refused = picture.services().flatMap((service): Intent[] => {
      const asked = readAutoscale(service)
      return asked.is === 'refused' ? [{ about: serviceRef(service), extra: 'autoscale', what: 'refused', message: asked.problems.join(' ') }] : []
    })
    const candidates = this.#candidates()
    await this.#measure(candidates, signal)
    return [...refused, ...candidates.map((candidate): Intent => {
      const { what, message } = this.#intend(candidate, picture.tasks())
      return { about: serviceRef(candidate.service), extra: 'autoscale', what, message }
    })]
  }

  async #pass(signal: AbortSignal): Promise<number | undefined> {
    const { clock, writer, picture, said } = this.#parts
    said.keep(picture.services())
    for (const service of picture.services()) {
      const asked = readAutoscale(service)
      if (asked.is === 'refused') said.state(service, asked.problems.map((message) => ({ type: 'Warning', reason: 'AutoscaleRefused', message })))
      else if (asked.is === 'not asked') said.state(service, [])
    }
    const candidates = this.#candidates()
    this.#forget(candidates)
    if (candidates.length === 0) return undefined
    const due = candidates.filter((c) => this.#dueAt(c) <= clock.monotonic() && !writer.isBehind(c.service))
    await this.#measure(due, signal)
    for (const candidate of due) if (!signal.aborted) await this.#look(candidate)
    return Math.min(...candidates.map((c) => (writer.isBehind(c.service) ? BEHIND_MS : Math.max(1, this.#dueAt(c) - clock.monotonic()))))
  }

  #candidates(): Candidate[] {
    return this.#parts.picture.services().flatMap((service) => {
      const asked = readAutoscale(service)
      return asked.is === 'asked' ? [{ service, settings: asked.settings }] : []
    })
  }

  #forget(candidates: readonly Candidate[]): void {
    const ids = new Set(candidates.map((c) => c.service.ID))
    for (const id of this.#watched.keys()) if (!ids.has(id)) this.#watched.delete(id)
    this.#usage.keep(ids, this.#parts.picture.tasks())
  }

  #dueAt({ service, settings }: Candidate): number {
    const watched = this.#watched.get(service.ID)
    return watched?.settings === JSON.stringify(settings) ? watched.dueAt : this.#parts.clock.monotonic()
  }

  #measure(candidates: readonly Candidate[], signal: AbortSignal): Promise<void> {
    return this.#usage.measure(new Map(candidates.map(({ service, settings }) => [service.ID, settings.everySeconds * 1000])), this.#parts.picture.tasks(), signal)
  }

  #intend({ service, settings }: Candidate, tasks: readonly SwarmTask[]): AutoscaleIntent {
    const watched = this.#watched.get(service.ID)
    // A number that somebody else set is what was right until now, as at the first look: it is kept for as long as a recommendation would be.
    const isOurs = watched !== undefined && watched.replicas === replicasOf(service)
    const memory = isOurs ? watched.memory : { ...(watched?.memory ?? NO_MEMORY), recommendations: [] }
    return intendAutoscale({ service, settings, tasks, usage: (id) => this.#usage.usage(id), memory, now: this.#parts.clock.now() })
  }

  async #look(candidate: Candidate): Promise<void> {
    const { clock, said } = this.#parts
    const { service, settings } = candidate
    const watched = this.#watched.get(service.ID)
    const intent = this.#intend(candidate, this.#parts.picture.tasks())
    const isUnknown = intent.states.some((s) => s.reason === USAGE_UNKNOWN)
    const unknownSince = isUnknown ? (watched?.unknownSince ?? clock.monotonic()) : undefined
    const isNews = unknownSince === undefined || clock.monotonic() - unknownSince >= WARM_UP_MS
    const states = isNews ? intent.states : intent.states.filter((s) => s.reason !== USAGE_UNKNOWN)
    const before = intent.what === 'scale' && watched?.refusal !== undefined ? [watched.refusal] : []
    said.state(service, [...states, ...before])
    const done = intent.what === 'scale' ? await this.#scale(service, intent) : false
    const refusal = typeof done === 'boolean' ? undefined : done
    if (refusal !== undefined) said.state(service, [...states, refusal])
    const isScaled = done === true
    const memory = isScaled ? afterScaling(intent.memory, behaviorOf(settings), intent.from, intent.to, clock.now()) : intent.memory
    this.#watched.set(service.ID, {
      settings: JSON.stringify(settings), memory, replicas: isScaled ? intent.to : intent.from, unknownSince, refusal, dueAt: clock.monotonic() + settings.everySeconds * 1000,
    })
  }

  /** Whether it was done; not when the service is another one by now: then it is looked at anew. What Swarm refuses is resolved with. */
  async #scale(service: SwarmService, { from, to, message }: AutoscaleIntent): Promise<boolean | Telling> {
    const { writer, said, onError } = this.#parts
    const asked = JSON.stringify(readAutoscale(service))
    try {
      const written = await writer.change(service.ID, (fresh) => {
        const isSame = replicasOf(fresh) === from && !isChanging(fresh) && JSON.stringify(readAutoscale(fresh)) === asked
        return isSame ? withReplicas(fresh.Spec, to) : undefined
      })
      if (written) said.now(service, { type: 'Normal', reason: 'Scaled', message })
      return written
    } catch (error) {
      onError(error)
      return { type: 'Warning', reason: 'ScaleFailed', message: `It should have ${String(to)} tasks instead of ${String(from)}, but that could not be told to Swarm: ${messageOf(error)}` }
    }
  }
}
