import type { Clock } from '../../../common/clock.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { LogSink } from '../../../common/kube/log-sink.ts'
import type { NodeAccess } from '../../../common/kube/node-access.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { ContainerReader, stateOf } from './container-reader.ts'
import type { LogOutput, LogSource } from './entry.ts'
import { LineQueue } from './line-queue.ts'
import type { PositionBook } from './position-book.ts'
import { sendAll } from './sender.ts'
import type { Delivery } from './sender.ts'

/** What a worker is made of. */
export interface SinkWorkerOptions {
  sink: Frozen<LogSink>
  output: LogOutput
  access: Pick<NodeAccess, 'logs'>
  positions: PositionBook
  clock: Clock
  /** Lines that may wait in memory, bytes; default 4 MiB. */
  queueBytes?: number
  /** Something that the status shows has changed. `urgent`: not only numbers. */
  onChange(urgent: boolean): void
}

/** What a worker has done. */
export interface Progress {
  sentLines: number
  droppedLines: number
  gaps: number
  containers: number
  waitingLines: number
  oldestWaitingTime: string | undefined
  /** Milliseconds since the epoch. */
  lastSentAt: number | undefined
  delivery: Delivery | undefined
}

interface Followed {
  readers: Map<string, ContainerReader>
  running: Set<Promise<void>>
  abort: AbortController
}

/** Reads the containers of the pods that it is told of and sends their lines to one output. */
export class SinkWorker {
  readonly #options: SinkWorkerOptions
  readonly #queue: LineQueue
  readonly #abort = new AbortController()
  readonly #pods = new Map<string, Followed>()
  readonly #sending: Promise<void>
  #sent: number
  #dropped: number
  #gaps: number
  #lastSentAt: number | undefined
  #delivery: Delivery | undefined

  constructor(options: SinkWorkerOptions) {
    this.#options = options
    this.#queue = new LineQueue(options.queueBytes)
    const { sentLines = 0, droppedLines = 0, gaps = 0 } = options.sink.status ?? {}
    this.#sent = sentLines
    this.#dropped = droppedLines
    this.#gaps = gaps
    const hooks = { acknowledged: this.#acknowledged, delivery: (state: Delivery) => this.#told(state) }
    // It ends in no other way than by the signal.
    this.#sending = sendAll(this.#queue, options.output, options.clock, hooks, this.#abort.signal).catch(() => undefined)
  }

  get progress(): Progress {
    const containers = [...this.#pods.values()].reduce((sum, { readers }) => sum + readers.size, 0)
    return {
      sentLines: this.#sent, droppedLines: this.#dropped, gaps: this.#gaps, containers, waitingLines: this.#queue.length, oldestWaitingTime: this.#queue.oldest?.time,
      lastSentAt: this.#lastSentAt, delivery: this.#delivery,
    }
  }

  /** The UIDs of the pods that are read. */
  get pods(): ReadonlySet<string> {
    return new Set(this.#pods.keys())
  }

  /** The pod is so now. */
  follow(pod: Frozen<Pod>): void {
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? []), ...(pod.status?.ephemeralContainerStatuses ?? [])]
    for (const status of statuses) {
      const state = stateOf(status)
      if (state === undefined && this.#pods.get(pod.metadata.uid)?.readers.has(status.name) !== true) continue
      this.#readerOf(pod, status.name).update(state)
    }
  }

  /** The pod is gone: what can still be read of it is, and then it is forgotten. */
  async end(podUid: string): Promise<void> {
    const followed = this.#pods.get(podUid)
    if (followed === undefined) return this.#tidy(podUid)
    for (const reader of followed.readers.values()) reader.end()
    await Promise.all(followed.running)
    this.#pods.delete(podUid)
    await this.#tidy(podUid)
  }

  /** The pod is no longer selected. */
  leave(podUid: string): void {
    this.#pods.get(podUid)?.abort.abort(new Error('the pod is no longer selected'))
    this.#pods.delete(podUid)
  }

  /** Ends; lines that are not acknowledged are read again by the next. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('the log sink is stopping'))
    await Promise.all([this.#sending, ...[...this.#pods.values()].flatMap(({ running }) => [...running])])
    await this.#options.output.close()
  }

  #readerOf(pod: Frozen<Pod>, container: string): ContainerReader {
    const { sink, access, positions, clock } = this.#options
    const { uid } = pod.metadata
    const followed = this.#pods.get(uid) ?? { readers: new Map<string, ContainerReader>(), running: new Set<Promise<void>>(), abort: new AbortController() }
    this.#pods.set(uid, followed)
    const known = followed.readers.get(container)
    if (known !== undefined) return known
    const signal = AbortSignal.any([this.#abort.signal, followed.abort.signal])
    const { creationTimestamp } = sink.metadata
    const reader = new ContainerReader({
      access, clock, source: sourceOf(pod, container), position: positions.get(uid, container),
      // Of what was there before the sink, it gets what is written from then on.
      since: Date.parse(pod.metadata.creationTimestamp) < Date.parse(creationTimestamp) ? creationTimestamp : undefined,
      take: (entry) => this.#queue.push(entry, signal),
      onGap: () => {
        this.#gaps += 1
        this.#options.onChange(false)
      },
    })
    followed.readers.set(container, reader)
    const running = reader.run(signal).finally(() => followed.running.delete(running))
    followed.running.add(running)
    this.#options.onChange(false)
    return reader
  }

  readonly #acknowledged: Parameters<typeof sendAll>[3]['acknowledged'] = async (entries, dropped) => {
    await this.#options.positions.acknowledge(entries)
    this.#sent += entries.length - dropped
    this.#dropped += dropped
    this.#lastSentAt = this.#options.clock.now()
    this.#options.onChange(false)
    for (const uid of new Set(entries.map(({ source }) => source.podUid))) if (!this.#pods.has(uid)) void this.#tidy(uid, entries.length).catch(() => undefined)
  }

  /** Forgets the position of a pod that is gone once nothing of it waits. `leaving`: lines at the queue's head that go now. */
  async #tidy(podUid: string, leaving = 0): Promise<void> {
    const waiting = this.#queue.first(Infinity, Infinity).slice(leaving)
    if (!this.#abort.signal.aborted && !waiting.some(({ source }) => source.podUid === podUid)) await this.#options.positions.forget(podUid)
  }

  #told(state: Delivery): void {
    const urgent = state.ok !== this.#delivery?.ok || state.reason !== this.#delivery.reason || state.message !== this.#delivery.message
    this.#delivery = state
    if (urgent) this.#options.onChange(true)
  }
}

function sourceOf({ metadata: { namespace = '', name, uid, labels = {} }, spec: { nodeName = '' } }: Frozen<Pod>, container: string): LogSource {
  return { namespace, pod: name, podUid: uid, container, node: nodeName, app: labels['app.kubernetes.io/name'] ?? labels['app'] ?? '' }
}
