import type { SwarmTask } from '../../docker/types.ts'
import { endedByItself } from '../service-state.ts'

/** When the tasks of services ended by themselves. Swarm keeps the last few of each place only: what was seen is remembered. */
export class EndedTasks {
  readonly #seen = new Map<string, Map<string, number>>()

  /** Takes what the picture shows of a service; `now` is steady, `wallNow` milliseconds since the epoch. Those that were there before the first look count from when their node says that they ended. */
  take(service: string, tasks: readonly SwarmTask[], now: number, wallNow: number): void {
    const known = this.#seen.get(service)
    const seen = known ?? new Map<string, number>()
    for (const task of tasks) {
      if (task.ServiceID !== service || !endedByItself(task) || seen.has(task.ID)) continue
      const agoMs = known === undefined ? Math.max(0, wallNow - (Date.parse(task.Status.Timestamp ?? '') || 0)) : 0
      seen.set(task.ID, now - agoMs)
    }
    this.#seen.set(service, seen)
  }

  /** Steady milliseconds. Those that are older than the window are forgotten, unless the picture still has them. */
  times(service: string, windowMs: number, tasks: readonly SwarmTask[], now: number): number[] {
    const seen = this.#seen.get(service)
    if (seen === undefined) return []
    const present = new Set(tasks.map(({ ID }) => ID))
    for (const [id, at] of seen) if (at <= now - windowMs && !present.has(id)) seen.delete(id)
    return [...seen.values()]
  }

  /** Forgets services that are not among these. */
  keep(services: ReadonlySet<string>): void {
    for (const id of this.#seen.keys()) if (!services.has(id)) this.#seen.delete(id)
  }
}
