import type { SwarmService } from '../docker/types.ts'
import type { EventSink, ExtraEvent } from './event-sink.ts'
import { serviceRef } from '../views/refs.ts'

/** Something to tell of a service for as long as it is so. */
export type Telling = Omit<ExtraEvent, 'about'>

/** Tells each thing once for as long as it is so: services are looked at again and again. */
export class Said {
  readonly #sink: EventSink
  readonly #told = new Map<string, ReadonlySet<string>>()

  constructor(sink: EventSink) {
    this.#sink = sink
  }

  /** At once, whatever was said before. */
  now(service: SwarmService, telling: Telling): void {
    this.#sink.event({ ...telling, about: serviceRef(service) })
  }

  /** All that is so of a service at present; what was told at the last look is not told again. */
  state(service: SwarmService, tellings: readonly Telling[]): void {
    const before = this.#told.get(service.ID)
    const words = ({ reason, message }: Telling): string => `${reason}: ${message}`
    for (const telling of tellings) if (before?.has(words(telling)) !== true) this.now(service, telling)
    if (tellings.length > 0) this.#told.set(service.ID, new Set(tellings.map(words)))
    else this.#told.delete(service.ID)
  }

  /** Forgets services that are not among these. */
  keep(services: readonly SwarmService[]): void {
    const ids = new Set(services.map((s) => s.ID))
    for (const id of this.#told.keys()) if (!ids.has(id)) this.#told.delete(id)
  }
}
