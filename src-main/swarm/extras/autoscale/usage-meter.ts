import type { Clock } from '../../../common/clock.ts'
import type { SwarmTask } from '../../docker/types.ts'
import type { DockerOf } from './read-containers.ts'
import { readContainers } from './read-containers.ts'
import type { ContainerUsage } from './usage-book.ts'
import { UsageBook } from './usage-book.ts'

/** Measures what the running tasks of some services use, whenever it is asked to. */
export class UsageMeter {
  readonly #dockerOf: DockerOf
  readonly #clock: Clock
  readonly #book = new UsageBook()

  constructor(dockerOf: DockerOf, clock: Clock) {
    this.#dockerOf = dockerOf
    this.#clock = clock
  }

  /** `windows`: over how long each service is measured, milliseconds by its ID. Never rejects: what could not be read is not known. */
  async measure(windows: ReadonlyMap<string, number>, tasks: readonly SwarmTask[], signal: AbortSignal): Promise<void> {
    const placed = tasks.flatMap(({ ServiceID = '', NodeID = '', Status: { State, ContainerStatus } }) => {
      const [windowMs, container] = [windows.get(ServiceID), ContainerStatus?.ContainerID ?? '']
      return windowMs === undefined || State !== 'running' || container === '' ? [] : [{ nodeId: NodeID, container, windowMs }]
    })
    const readings = await readContainers(placed, this.#dockerOf, this.#clock, signal)
    for (const { container, windowMs } of placed) this.#book.take(container, readings.get(container), windowMs)
  }

  /** Of a container, by its ID; undefined: it is not known. */
  usage(container: string): ContainerUsage | undefined {
    return this.#book.usage(container)
  }

  /** Forgets the tasks of services that are not among these. */
  keep(services: ReadonlySet<string>, tasks: readonly SwarmTask[]): void {
    this.#book.keep(new Set(tasks.flatMap(({ ServiceID = '', Status }) => (services.has(ServiceID) ? [Status.ContainerStatus?.ContainerID ?? ''] : []))))
  }
}
