import type Docker from 'dockerode'
import type { Clock } from '../../common/clock.ts'
import { Autoscaler } from './autoscale/autoscaler.ts'
import type { DockerOf } from './autoscale/read-containers.ts'
import { ServiceWriter } from './change-service.ts'
import type { EventSink, Intent } from './event-sink.ts'
import type { SwarmPicture } from './picture.ts'
import { Rebalancer } from './rebalance/rebalancer.ts'
import { Said } from './said.ts'
import { ScheduleRunner } from './schedule/schedule-runner.ts'

/** What the extras stand on. */
export interface ExtrasParts {
  readonly picture: SwarmPicture
  /** The Docker of a manager; it may be another one each time. */
  readonly manager: () => Docker
  /** The Docker of the nodes whose servers are known: what their tasks use is asked of it. */
  readonly dockerOf: DockerOf
  readonly sink: EventSink
  readonly clock: Clock
  /** Hears of what went wrong and is tried again. */
  readonly onError: (error: unknown) => void
}

/** What Swarm lacks, for the services whose labels ask for it: autoscaling, rebalancing, schedules. Nothing is kept here that another engine could not go on from. */
export class SwarmExtras {
  readonly #parts: ExtrasParts
  readonly #autoscaler: Autoscaler
  readonly #rebalancer: Rebalancer
  readonly #runner: ScheduleRunner
  #unfollow: (() => void) | undefined

  constructor(parts: ExtrasParts) {
    this.#parts = parts
    const { picture, clock, onError, dockerOf, manager, sink } = parts
    const writer = new ServiceWriter(manager)
    const shared = { picture, writer, clock, onError }
    this.#autoscaler = new Autoscaler({ ...shared, dockerOf, said: new Said(sink) })
    this.#rebalancer = new Rebalancer({ ...shared, said: new Said(sink) })
    this.#runner = new ScheduleRunner({ ...shared, said: new Said(sink) })
  }

  start(): void {
    const wake = (): void => {
      this.#autoscaler.wake()
      this.#rebalancer.wake()
      this.#runner.wake()
    }
    this.#unfollow ??= this.#parts.picture.onChange(wake)
    wake()
  }

  /** Resolves when nothing is under way any more. What Swarm was told goes on. */
  async stop(): Promise<void> {
    this.#unfollow?.()
    await Promise.all([this.#autoscaler.stop(), this.#rebalancer.stop(), this.#runner.stop()])
  }

  /** What would be done for each labelled service, were it looked at now. Works without `start`, and does nothing. */
  async plan(signal: AbortSignal): Promise<Intent[]> {
    return [...await this.#autoscaler.plan(signal), ...this.#rebalancer.plan(), ...this.#runner.plan()]
  }
}
