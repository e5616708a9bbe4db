import { timestamp } from '../../../common/clock.ts'
import { messageOf } from '../../../common/errors.ts'
import { withCondition } from '../../../common/kube/conditions.ts'
import type { ConditionLike } from '../../../common/kube/conditions.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Pods, Secrets } from '../../../common/kube/kinds.ts'
import { matchesSelector } from '../../../common/kube/labels.ts'
import { LogSinks } from '../../../common/kube/log-sink.ts'
import type { LogSink, LogSinkStatus } from '../../../common/kube/log-sink.ts'
import type { NodeAccess } from '../../../common/kube/node-access.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { replaceStatus } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { DeliveryError } from '../outbound/explain.ts'
import { onSecretChange } from '../outbound/on-secret-change.ts'
import { madeOf, OutboundWorkers, refusalOf } from '../outbound/workers.ts'
import type { OutboundWork } from '../outbound/workers.ts'
import { Controller } from '../workqueue/controller.ts'
import { outputOf, secretsOf } from './output-of.ts'
import { PositionBook } from './position-book.ts'
import { SinkWorker } from './sink-worker.ts'

/** Numbers that change all the time are written so often; what a person must know, at once. */
const NUMBERS_MS = 15_000

interface Running extends OutboundWork {
  worker: SinkWorker
  sink: Frozen<LogSink>
}

/** Sends the logs of pods where LogSinks say. */
export class LogSinkController implements Runnable {
  readonly name = 'log-sink-controller'
  readonly #context: ControllerContext
  readonly #access: Pick<NodeAccess, 'logs'> | undefined
  readonly #controller: Controller
  readonly #running = new OutboundWorkers<Running>()

  /** Without `access` no log can be read, and each sink's status says so. */
  constructor(context: ControllerContext, access: Pick<NodeAccess, 'logs'> | undefined) {
    this.#context = context
    this.#access = access
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 1, reconcile: (key) => this.#reconcile(key) })
    const enqueue = (sink: Frozen<LogSink>): void => this.#controller.enqueue(sink.metadata.name)
    context.informers.for(LogSinks).addHandler({ onAdd: enqueue, onDelete: enqueue, onUpdate: (sink, old) => sink.metadata.generation === old.metadata.generation || enqueue(sink) })
    onSecretChange(context.informers, LogSinks, secretsOf, enqueue)
    context.informers.for(Pods).addHandler({
      onAdd: (pod) => this.#podIs(pod), onUpdate: (pod) => this.#podIs(pod),
      onDelete: (pod) => { for (const { worker } of this.#running.values()) void worker.end(pod.metadata.uid).catch(() => undefined) },
    })
  }

  start(): void {
    this.#controller.start()
  }

  async stop(): Promise<void> {
    await this.#controller.stop()
    await this.#running.stop()
  }

  #podIs(pod: Frozen<Pod>): void {
    for (const running of this.#running.values()) tell(running, pod)
  }

  async #reconcile(name: string): Promise<void> {
    const sink = this.#context.informers.for(LogSinks).lister.get('', name)
    if (sink === undefined || sink.metadata.deletionTimestamp !== undefined) return this.#running.end(name)
    const why = await this.#ensure(sink)
    await this.#report(sink, why)
  }

  /** Makes the sink's worker what it should be; resolves with why there is none. */
  async #ensure(sink: Frozen<LogSink>): Promise<DeliveryError | undefined> {
    const { client, clock, informers } = this.#context
    const { name } = sink.metadata
    const secrets = informers.for(Secrets).lister
    const made = madeOf(sink, secretsOf(sink), secrets)
    if (this.#running.get(name)?.made === made) return undefined
    await this.#running.end(name)
    if (sink.spec.suspend === true) return new DeliveryError('Suspended', 'nothing is sent: spec.suspend is true')
    const access = this.#access
    if (access === undefined) return new DeliveryError('NoAccess', 'logs cannot be read from here')
    return refusalOf(async () => {
      const output = outputOf(sink, secrets)
      const positions = await PositionBook.open(client, sink)
      const onChange = (urgent: boolean): void => (urgent ? this.#controller.enqueue(name) : this.#controller.enqueueAfter(name, NUMBERS_MS))
      const running: Running = { sink, made, worker: new SinkWorker({ sink, output, access, positions, clock, onChange }) }
      this.#running.set(name, running)
      const pods = informers.for(Pods).lister.list()
      for (const pod of pods) tell(running, pod)
      const there = new Set(pods.map((pod) => pod.metadata.uid))
      await Promise.all(positions.pods.filter((uid) => !there.has(uid)).map((uid) => positions.forget(uid)))
    })
  }

  async #report(sink: Frozen<LogSink>, why: DeliveryError | undefined): Promise<void> {
    const { client, clock } = this.#context
    const { name, generation = 1 } = sink.metadata
    await replaceStatus(client, LogSinks, sink, (copy) => statusOf(copy, generation, this.#running.get(name)?.worker, why, clock.now()))
  }
}

function tell({ sink: { spec }, worker }: Running, pod: Frozen<Pod>): void {
  const { namespaces = [], selector } = spec
  const selected = (namespaces.length === 0 || namespaces.includes(pod.metadata.namespace ?? '')) && (selector === undefined || matchesSelector(pod.metadata.labels, selector))
  if (selected) worker.follow(pod)
  else worker.leave(pod.metadata.uid)
}

function statusOf({ status: old }: Readonly<LogSink>, observedGeneration: number, worker: SinkWorker | undefined, why: DeliveryError | undefined, now: number): LogSinkStatus {
  const progress = worker?.progress
  const delivery = why === undefined ? progress?.delivery : { ok: false, reason: why.reason, message: messageOf(why) }
  const condition: ConditionLike = {
    type: 'Delivering', status: delivery === undefined ? 'Unknown' : delivery.ok ? 'True' : 'False', reason: delivery?.reason ?? 'NothingSentYet',
    message: delivery?.message ?? 'no line has come since the engine began', lastTransitionTime: timestamp(now),
  }
  return {
    observedGeneration, conditions: withCondition(old?.conditions, condition), containers: progress?.containers ?? 0,
    sentLines: progress?.sentLines ?? old?.sentLines ?? 0, droppedLines: progress?.droppedLines ?? old?.droppedLines ?? 0, gaps: progress?.gaps ?? old?.gaps ?? 0,
    waitingLines: progress?.waitingLines ?? 0, ...(progress?.oldestWaitingTime === undefined ? {} : { oldestWaitingTime: progress.oldestWaitingTime }),
    ...(progress?.lastSentAt !== undefined ? { lastSentTime: timestamp(progress.lastSentAt) } : old?.lastSentTime === undefined ? {} : { lastSentTime: old.lastSentTime }),
  }
}
