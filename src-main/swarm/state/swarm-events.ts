import type { EventEntry } from '../../common/contract/index.ts'
import type { DockerEvent } from '../../hosts/docker-events.ts'
import type { SwarmTask } from '../docker/types.ts'
import { eventOfDocker, eventOfTask, eventOfUpdate } from '../views/event.ts'
import { nodeNames } from '../views/refs.ts'
import { EventRing } from './event-ring.ts'
import type { SwarmPicture } from './picture.ts'

const KEPT = 1_000

/** What happened in a swarm, as far as this desk has heard of it: Docker keeps no such list. */
export class SwarmEvents {
  readonly #ring = new EventRing(KEPT)
  /** What every task and every update was when last looked at. */
  readonly #known = new Map<string, string>()
  #picture: SwarmPicture | undefined

  /** Newest first. */
  list(): EventEntry[] {
    return this.#ring.list()
  }

  /** Something that is not Docker's: what Toque itself did. */
  add(entry: EventEntry): void {
    this.#ring.add(entry)
  }

  /** A manager's event. */
  heard(event: DockerEvent): void {
    const entry = eventOfDocker(event, this.#picture)
    if (entry !== undefined) this.#ring.add(entry)
  }

  /** A new picture: tasks and updates that came to another state are events. Those of the first picture tell their last state. */
  compared(picture: SwarmPicture): void {
    this.#picture = picture
    const services = new Map(picture.services.map((service) => [service.ID, service]))
    const names = nodeNames(picture.nodes)
    const present = new Set<string>()
    const isNew = (key: string, state: string): boolean => {
      present.add(key)
      if (this.#known.get(key) === state) return false
      this.#known.set(key, state)
      return true
    }
    for (const task of picture.tasks) {
      if (!isNew(task.ID, stateOf(task))) continue
      const entry = eventOfTask(task, services.get(task.ServiceID ?? ''), names.get(task.NodeID ?? '') ?? '')
      if (entry !== undefined) this.#ring.add(entry)
    }
    for (const service of picture.services) {
      const { State = '', StartedAt = '' } = service.UpdateStatus ?? {}
      if (State === '' || !isNew(`update ${service.ID}`, `${State} ${StartedAt}`)) continue
      const entry = eventOfUpdate(service)
      if (entry !== undefined) this.#ring.add(entry)
    }
    for (const key of this.#known.keys()) if (!present.has(key)) this.#known.delete(key)
  }
}

/** A pending task whose reason changes is news, too. */
function stateOf({ DesiredState, Status }: SwarmTask): string {
  return `${Status.State} ${Status.Err ?? ''} ${DesiredState}`
}
