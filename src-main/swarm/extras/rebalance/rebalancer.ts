import type { Clock } from '../../../common/clock.ts'
import { messageOf } from '../../../common/errors.ts'
import type { SwarmNode, SwarmService } from '../../docker/types.ts'
import type { ServiceWriter } from '../change-service.ts'
import { withForcedUpdate } from '../change-service.ts'
import type { Intent } from '../event-sink.ts'
import { serviceRef } from '../../views/refs.ts'
import { Loop } from '../loop.ts'
import type { SwarmPicture } from '../picture.ts'
import type { Said } from '../said.ts'
import { isBeingUpdated, isChanging, liveTasks } from '../service-state.ts'
import type { RebalanceIntent } from './intend.ts'
import { intendRebalance, spreadText } from './intend.ts'
import type { RebalanceSettings } from './settings.ts'
import { readRebalance } from './settings.ts'

/** What rebalancing stands on. */
export interface RebalancerParts {
  readonly picture: SwarmPicture
  readonly writer: ServiceWriter
  readonly said: Said
  readonly clock: Clock
  readonly onError: (error: unknown) => void
}

interface Candidate {
  readonly service: SwarmService
  readonly settings: RebalanceSettings
}

/** The picture wakes the loop once it shows what was written; it is asked again in case that was missed. */
const BEHIND_MS = 1_000

/** Spreads services again that ask for it, one at a time, after nodes came. There is no timer but while a node that came settles. */
export class Rebalancer {
  readonly #parts: RebalancerParts
  readonly #loop: Loop
  /** Since when (monotonic) each node is as it is. */
  readonly #nodes = new Map<string, { updatedAt: string; since: number }>()
  /** The service whose tasks are being made anew, and the number of that update. */
  #current: { id: string; forced: number } | undefined
  /** As the nodes were when one went wrong: nothing more is begun until they change. */
  #stopped: string | undefined

  constructor(parts: RebalancerParts) {
    this.#parts = parts
    this.#loop = new Loop({ clock: parts.clock, onError: parts.onError, pass: () => this.#pass() })
  }

  wake(): void {
    this.#loop.wake()
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }

  /** What would be done with each service now. Does nothing. */
  plan(): Intent[] {
    this.#follow()
    return this.#parts.picture.services().flatMap((service): Intent[] => {
      const asked = readRebalance(service)
      const about = serviceRef(service)
      if (asked.is === 'not asked') return []
      if (asked.is === 'refused') return [{ about, extra: 'rebalance', what: 'refused', message: asked.problems.join(' ') }]
      const { what, message } = this.#intend({ service, settings: asked.settings })
      return [{ about, extra: 'rebalance', what, message }]
    })
  }

  async #pass(): Promise<number | undefined> {
    const { picture, said, writer } = this.#parts
    this.#follow()
    said.keep(picture.services())
    const candidates: Candidate[] = []
    for (const service of picture.services()) {
      const asked = readRebalance(service)
      said.state(service, asked.is === 'refused' ? asked.problems.map((message) => ({ type: 'Warning', reason: 'RebalanceRefused', message })) : [])
      if (asked.is === 'asked') candidates.push({ service, settings: asked.settings })
    }
    if (!this.#isOver() || this.#stopped === this.#stamp()) return undefined
    // Whoever began it (an engine that died, a person): one at a time.
    if (candidates.some((c) => isBeingUpdated(c.service))) return undefined
    let wait: number | undefined
    for (const candidate of candidates.sort((a, b) => (a.service.Spec.Name < b.service.Spec.Name ? -1 : 1))) {
      const intent = this.#intend(candidate)
      if (writer.isBehind(candidate.service)) wait = Math.min(wait ?? Infinity, BEHIND_MS)
      else if (intent.what === 'rebalance') return this.#begin(candidate.service, intent)
      else if (intent.waitMs !== undefined) wait = Math.min(wait ?? Infinity, intent.waitMs)
    }
    return wait
  }

  #intend({ service, settings }: Candidate): RebalanceIntent {
    const { picture, clock } = this.#parts
    return intendRebalance({ service, settings, tasks: picture.tasks(), nodes: picture.nodes(), settledMs: (node) => clock.monotonic() - (this.#nodes.get(node.ID)?.since ?? clock.monotonic()) })
  }

  /** Notes since when each node is as it is. */
  #follow(): void {
    const nodes = this.#parts.picture.nodes()
    for (const { ID, UpdatedAt } of nodes) if (this.#nodes.get(ID)?.updatedAt !== UpdatedAt) this.#nodes.set(ID, { updatedAt: UpdatedAt, since: this.#parts.clock.monotonic() })
    const ids = new Set(nodes.map((n) => n.ID))
    for (const id of this.#nodes.keys()) if (!ids.has(id)) this.#nodes.delete(id)
  }

  #stamp(): string {
    return this.#parts.picture.nodes().map(({ ID, UpdatedAt }: SwarmNode) => `${ID} ${UpdatedAt}`).sort().join()
  }

  /** Is what was begun over? Tells how it went. */
  #isOver(): boolean {
    const { picture, said, writer } = this.#parts
    const service = picture.services().find((s) => s.ID === this.#current?.id)
    if (this.#current === undefined || service === undefined) {
      this.#current = undefined
      return true
    }
    const { forced } = this.#current
    const state = service.UpdateStatus?.State ?? ''
    const isMade = liveTasks(service, picture.tasks()).every((t) => (t.Spec?.ForceUpdate ?? 0) >= forced)
    if (writer.isBehind(service) || state === 'updating' || (!isMade && !isChanging(service) && !state.startsWith('rollback'))) return false
    this.#current = undefined
    if (isChanging(service) || state.startsWith('rollback')) {
      this.#stopped = this.#stamp()
      said.now(service, { type: 'Warning', reason: 'RebalanceStopped', message: `Its tasks could not be made anew (${service.UpdateStatus?.Message ?? state}): no other service is spread again until nodes change. See its tasks for the reason.` })
    } else {
      said.now(service, { type: 'Normal', reason: 'Rebalanced', message: `Its tasks were made anew: ${spreadText(service, picture.tasks(), picture.nodes())}.` })
    }
    return true
  }

  /** Unless the service is another one by now: then the picture will show it, and it is looked at anew. */
  async #begin(service: SwarmService, { message }: RebalanceIntent): Promise<undefined> {
    const { writer, said } = this.#parts
    let forced = 0
    try {
      const written = await writer.change(service.ID, (fresh) => {
        if (fresh.Version.Index !== service.Version.Index) return undefined
        const spec = withForcedUpdate(fresh.Spec)
        forced = spec.TaskTemplate.ForceUpdate ?? 0
        return spec
      })
      if (!written) return
      this.#current = { id: service.ID, forced }
      said.now(service, { type: 'Normal', reason: 'Rebalancing', message })
    } catch (error) {
      this.#stopped = this.#stamp()
      said.now(service, { type: 'Warning', reason: 'RebalanceStopped', message: `Its tasks could not be made anew: ${messageOf(error)}` })
    }
  }
}
