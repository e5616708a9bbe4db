import type Docker from 'dockerode'
import type { Clock } from '../../common/clock.ts'
import { Alerter } from './alert/alerter.ts'
import { Autoscaler } from './autoscale/autoscaler.ts'
import type { DockerOf } from './autoscale/read-containers.ts'
import { CanaryRunner } from './canary/canary-runner.ts'
import type { ImageSource } from './canary/image-source.ts'
import { BY_NAME } from './canary/image-source.ts'
import { ServiceWriter } from './change-service.ts'
import type { AlertBoard, EventSink, Intent } from './event-sink.ts'
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
  /** Where what is wrong at present is shown; nowhere without it. */
  readonly board?: AlertBoard
  /** Absent: images are tried by their names, without a login. */
  readonly images?: ImageSource
  readonly clock: Clock
  /** Hears of what went wrong and is tried again. */
  readonly onError: (error: unknown) => void
}

/** What Swarm lacks, for the services whose labels ask for it: autoscaling, rebalancing, schedules, canaries, alerts. Nothing is kept here that another engine could not go on from. */
export class SwarmExtras {
  readonly #parts: ExtrasParts
  readonly #autoscaler: Autoscaler
  readonly #rebalancer: Rebalancer
  readonly #runner: ScheduleRunner
  readonly #canaries: CanaryRunner
  readonly #alerter: Alerter
  #unfollow: (() => void) | undefined

  constructor(parts: ExtrasParts) {
    this.#parts = parts
    const { picture, clock, onError, dockerOf, manager, sink, images = BY_NAME, board = { raised: () => undefined } } = parts
    const writer = new ServiceWriter(manager)
    const shared = { picture, writer, clock, onError }
    this.#autoscaler = new Autoscaler({ ...shared, dockerOf, said: new Said(sink) })
    this.#rebalancer = new Rebalancer({ ...shared, said: new Said(sink) })
    this.#runner = new ScheduleRunner({ ...shared, said: new Said(sink) })
    this.#canaries = new CanaryRunner({ ...shared, images, said: new Said(sink) })
    this.#alerter = new Alerter({ picture, clock, onError, dockerOf, board, said: new Said(sink) })
  }

  start(): void {
    const wake = (): void => {
      for (const one of [this.#autoscaler, this.#rebalancer, this.#runner, this.#canaries, this.#alerter]) one.wake()
    }
    this.#unfollow ??= this.#parts.picture.onChange(wake)
    wake()
  }

  /** Resolves when nothing is under way any more. What Swarm was told goes on. */
  async stop(): Promise<void> {
    this.#unfollow?.()
    await Promise.all([this.#autoscaler, this.#rebalancer, this.#runner, this.#canaries, this.#alerter].map((one) => one.stop()))
  }

  /** What would be done for each labelled service, were it looked at now. Works without `start`, and does nothing. */
  async plan(signal: AbortSignal): Promise<Intent[]> {
    return [...await this.#autoscaler.plan(signal), ...this.#rebalancer.plan(), ...this.#runner.plan(), ...this.#canaries.plan(), ...this.#alerter.plan()]
  }
}
