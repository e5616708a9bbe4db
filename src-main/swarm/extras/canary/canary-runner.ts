import type { Clock } from '../../../common/clock.ts'
import { messageOf } from '../../../common/errors.ts'
import type { ServiceSpec } from '../../docker/specs.ts'
import type { SwarmService } from '../../docker/types.ts'
import { serviceRef } from '../../views/refs.ts'
import type { ServiceWriter } from '../change-service.ts'
import type { Intent } from '../event-sink.ts'
import { CANARY, CANARY_OF, labelsOf } from '../labels.ts'
import { Loop } from '../loop.ts'
import type { SwarmPicture } from '../picture.ts'
import type { Said, Telling } from '../said.ts'
import { canarySpec, imageOf, withImage } from './canary-spec.ts'
import { canaryLabels, givenUp, isCanary } from './canary-state.ts'
import type { CanaryState } from './canary-state.ts'
import type { ImageSource } from './image-source.ts'
import type { CanaryIntent } from './intend.ts'
import { intendCanary } from './intend.ts'
import type { CanarySettings } from './settings.ts'
import { canaryName, readCanary } from './settings.ts'

/** What canaries stand on. */
export interface CanaryRunnerParts {
  readonly picture: SwarmPicture
  readonly writer: ServiceWriter
  readonly said: Said
  readonly clock: Clock
  readonly images: ImageSource
  readonly onError: (error: unknown) => void
}

/** Pauses go by the wall clock, and timers sleep with the machine. */
const LONGEST_WAIT_MS = 60_000
/** The picture wakes the loop once it shows what was written; it is asked again in case that was missed. */
const BEHIND_MS = 1_000
/** A canary that was made is in the picture by then, or gone again. */
const MADE_MS = 10_000
/** What Swarm refused is tried again after so long. */
const RETRY_MS = 10_000

/**
 * Tries images beside the services whose labels name one. How far that has come is written on the canary itself, why one was given up on its service: an engine that begins goes on where
 * the last one was, and several decide the same. There is no timer without a canary.
 */
export class CanaryRunner {
  readonly #parts: CanaryRunnerParts
  readonly #loop: Loop
  readonly #since: number
  /** Canaries that were there at the last look, by the services that they are for. */
  readonly #there = new Map<string, string>()
  /** When (monotonic) a canary was made, by its service: the picture does not show it at once. */
  readonly #made = new Map<string, number>()
  /** Canaries that were removed from here: the picture may show them for a while. */
  readonly #removed = new Set<string>()
  /** Why something could not be done at the last look, by service. */
  readonly #refused = new Map<string, Telling>()

  constructor(parts: CanaryRunnerParts) {
    this.#parts = parts
    this.#since = parts.clock.now()
    this.#loop = new Loop({ clock: parts.clock, onError: parts.onError, longestMs: LONGEST_WAIT_MS, pass: (signal) => this.#pass(signal) })
  }

  wake(): void {
    this.#loop.wake()
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }

  /** What would be done with each service now. Does nothing. */
  plan(): Intent[] {
    return this.#services().flatMap((service): Intent[] => {
      const asked = readCanary(service)
      const about = serviceRef(service)
      if (asked.is === 'not asked') return []
      if (asked.is === 'refused') return [{ about, extra: 'canary', what: 'refused', message: asked.problems.join(' ') }]
      const { what, message } = this.#intend(service, asked.settings)
      return [{ about, extra: 'canary', what: what === 'nothing' || what === 'wait' ? what : 'canary', message }]
    })
  }

  async #pass(signal: AbortSignal): Promise<number | undefined> {
    const { picture, said } = this.#parts
    const services = picture.services()
    said.keep(services)
    const waits: number[] = []
    for (const service of this.#services()) {
      if (signal.aborted) return undefined
      const asked = readCanary(service)
      const canary = this.#canaryOf(service)
      if (asked.is === 'asked') waits.push(...await this.#look(service, asked.settings))
      else {
        said.state(service, asked.is === 'refused' ? asked.problems.map((message) => ({ type: 'Warning', reason: 'CanaryRefused', message })) : [])
        if (asked.is === 'not asked' && canary !== undefined && !await this.#withdraw(service, canary)) waits.push(RETRY_MS)
      }
    }
    const ids = new Set(services.map(({ ID }) => ID))
    const orphans = services.filter((canary) => isCanary(canary) && !this.#removed.has(canary.ID) && !ids.has(labelsOf(canary)[CANARY_OF] ?? ''))
    for (const canary of orphans) if (!await this.#tryRemoving(canary)) waits.push(RETRY_MS)
    for (const known of [this.#there, this.#made, this.#refused, this.#removed]) for (const id of known.keys()) if (!ids.has(id)) known.delete(id)
    return waits.length === 0 ? undefined : Math.max(1, Math.min(...waits))
  }

  /** Those that may have a canary. */
  #services(): SwarmService[] {
    return this.#parts.picture.services().filter((service) => !isCanary(service))
  }

  #canaryOf({ ID }: SwarmService): SwarmService | undefined {
    return this.#parts.picture.services().find((service) => labelsOf(service)[CANARY_OF] === ID && !this.#removed.has(service.ID))
  }

  #intend(service: SwarmService, settings: CanarySettings): CanaryIntent {
    const { picture, clock } = this.#parts
    const services = picture.services()
    return intendCanary({
      service, settings, canary: this.#canaryOf(service), tasks: picture.tasks(), nodes: picture.nodes(), wasThere: this.#there.has(service.ID),
      isNameTaken: services.some((other) => other.Spec.Name === canaryName(service) && !isCanary(other)), since: this.#since, now: clock.now(),
    })
  }

  /** Resolves with when to look again, in milliseconds; nothing: when it changes. */
  async #look(service: SwarmService, settings: CanarySettings): Promise<number[]> {
    const { writer, said, clock, onError } = this.#parts
    const canary = this.#canaryOf(service)
    if (writer.isBehind(service) || (canary !== undefined && writer.isBehind(canary))) return [BEHIND_MS]
    if (canary === undefined && clock.monotonic() - (this.#made.get(service.ID) ?? -Infinity) < MADE_MS) return [BEHIND_MS]
    const intent = this.#intend(service, settings)
    const before = this.#refused.get(service.ID)
    said.state(service, [...(intent.states ?? []), ...(before === undefined ? [] : [before])])
    if (canary === undefined) this.#there.delete(service.ID)
    else this.#there.set(service.ID, canary.ID)
    this.#made.delete(service.ID)
    try {
      await this.#do(service, canary, settings, intent)
      this.#refused.delete(service.ID)
      return intent.waitMs === undefined ? [] : [intent.waitMs]
    } catch (error) {
      const telling: Telling = { type: 'Warning', reason: 'CanaryFailed', message: `${intent.message} That could not be told to Swarm: ${messageOf(error)}` }
      this.#refused.set(service.ID, telling)
      said.state(service, [...(intent.states ?? []), telling])
      onError(error)
      return [RETRY_MS]
    }
  }

  async #do(service: SwarmService, canary: SwarmService | undefined, settings: CanarySettings, { what, message, state, replicas = 0, tell = [] }: CanaryIntent): Promise<void> {
    const { said } = this.#parts
    let isDone = false
    switch (what) {
      case 'nothing': case 'wait': return
      case 'begin': isDone = state !== undefined && await this.#begin(service, canary, state, replicas); break
      case 'go': isDone = canary !== undefined && state !== undefined && await this.#go(service, canary, state, replicas); break
      case 'promote': isDone = canary !== undefined && state !== undefined && await this.#promote(service, canary, state); break
      case 'give up': isDone = await this.#giveUp(service, canary, state?.image ?? settings.image, message); break
      case 'end': {
        if (canary !== undefined) await this.#remove(canary)
        isDone = true
      }
    }
    // Otherwise somebody else was first: it is looked at anew as it is then.
    if (isDone) for (const telling of tell) said.now(service, telling)
  }

  async #begin(service: SwarmService, canary: SwarmService | undefined, state: CanaryState, replicas: number): Promise<boolean> {
    const { writer, images, clock } = this.#parts
    const { pinned, auth } = await images.pin(service, state.image)
    const spec = canarySpec(service, state, pinned, replicas)
    if (canary !== undefined) return writer.change(canary.ID, (fresh) => (isSame(fresh, canary) ? { ...spec, TaskTemplate: { ...spec.TaskTemplate, ForceUpdate: fresh.Spec.TaskTemplate.ForceUpdate ?? 0 } } : undefined), auth)
    await writer.create(spec, auth)
    this.#made.set(service.ID, clock.monotonic())
    return true
  }

  #go(service: SwarmService, canary: SwarmService, state: CanaryState, replicas: number): Promise<boolean> {
    return this.#parts.writer.change(canary.ID, (fresh) => (isSame(fresh, canary) ? { ...fresh.Spec, Labels: { ...fresh.Spec.Labels, ...canaryLabels(service, state) }, Mode: { Replicated: { Replicas: replicas } } } : undefined))
  }

  /** That it is promoted is written on the canary first: whoever finds the service taken back by Swarm afterwards knows why. */
  async #promote(service: SwarmService, canary: SwarmService, state: CanaryState): Promise<boolean> {
    const { writer, images } = this.#parts
    const labels = canaryLabels(service, state)
    if (labelsOf(canary)[CANARY] !== labels[CANARY] && !await writer.change(canary.ID, (fresh) => (isSame(fresh, canary) ? { ...fresh.Spec, Labels: { ...fresh.Spec.Labels, ...labels } } : undefined))) return false
    const { auth } = await images.pin(service, state.image)
    // What was tried, to the byte: the tag may lead elsewhere by now.
    const pinned = { image: imageOf(canary), platforms: canary.Spec.TaskTemplate.Placement?.Platforms ?? [] }
    return writer.change(service.ID, (fresh) => (isSame(fresh, service) ? withImage(fresh.Spec, pinned) : undefined), auth)
  }

  /** First what is to be remembered, then the removal: it is not tried again in between. */
  async #giveUp(service: SwarmService, canary: SwarmService | undefined, image: string, why: string): Promise<boolean> {
    const isWritten = await this.#parts.writer.change(service.ID, (fresh) => (isSame(fresh, service) ? withNote(fresh.Spec, givenUp(image, why)) : undefined))
    if (isWritten && canary !== undefined) await this.#remove(canary)
    return isWritten
  }

  /** `toque.canary.image` was taken away: that is how a person gives one up. */
  async #withdraw(service: SwarmService, canary: SwarmService): Promise<boolean> {
    const isGone = await this.#tryRemoving(canary)
    if (isGone) this.#parts.said.now(service, { type: 'Normal', reason: 'CanaryWithdrawn', message: 'Its labels name no image to try any more: its canary is removed.' })
    return isGone
  }

  async #remove(canary: SwarmService): Promise<void> {
    await this.#parts.writer.remove(canary.ID)
    this.#removed.add(canary.ID)
    this.#there.delete(labelsOf(canary)[CANARY_OF] ?? '')
  }

  /** False: Swarm refused it. */
  async #tryRemoving(canary: SwarmService): Promise<boolean> {
    try {
      await this.#remove(canary)
      return true
    } catch (error) {
      this.#parts.onError(error)
      return false
    }
  }
}

/** Is a fresh read what was decided upon? */
function isSame(fresh: SwarmService, seen: SwarmService): boolean {
  return fresh.Version.Index === seen.Version.Index
}

function withNote(spec: ServiceSpec, note: string): ServiceSpec {
  return { ...spec, Labels: { ...spec.Labels, [CANARY]: note } }
}
