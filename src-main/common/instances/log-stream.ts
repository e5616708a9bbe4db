import type { Clock } from '../clock.ts'
import { sleep } from '../clock.ts'
import type { LogLine, LogQuery, ObjectRef } from '../contract/index.ts'
import { badRequest } from '../errors.ts'
import type { NodeAccess, PodLogOptions } from '../kube/node-access.ts'
import { makeStream } from '../rpc/make-stream.ts'
import type { Push } from '../rpc/make-stream.ts'
import type { Stream } from '../rpc/stream.ts'
import { LogSplitter } from './log-lines.ts'

/** Lines that come within this time (milliseconds) travel together, in the order of their times. */
const BATCH_MS = 50
const MAX_BATCH = 2_000

/** Logs of one or more instances, merged by time as far as they come together. Ends when all have ended. Rejects as NodeAccess does when the only one fails. */
export function logStream(access: Pick<NodeAccess, 'logs'>, clock: Clock, query: LogQuery): Stream<LogLine[]> {
  if (query.instances.length === 0) throw badRequest('Choose at least one instance.')
  return makeStream(async (push, signal) => {
    const merger = new Merger(push, clock, signal)
    const sources = query.instances.map((instance) => read(access, instance, query, merger, signal))
    const results = await Promise.allSettled(sources)
    await merger.flush()
    const failures = results.filter((r) => r.status === 'rejected')
    // One pod that went away must not hide the lines of the others.
    if (failures.length === results.length && failures[0] !== undefined && !signal.aborted) throw failures[0].reason
  })
}

async function read(access: Pick<NodeAccess, 'logs'>, instance: ObjectRef, query: LogQuery, merger: Merger, signal: AbortSignal): Promise<void> {
  const options: PodLogOptions = {
    follow: query.follow,
    timestamps: true,
    ...(query.previous === undefined ? {} : { previous: query.previous }),
    ...(query.tailLines === undefined ? {} : { tailLines: query.tailLines }),
    ...(query.since === undefined ? {} : { sinceTime: new Date(query.since).toISOString() }),
  }
  const splitter = new LogSplitter(instance.name, query.container ?? '')
  const chunks = access.logs({ namespace: instance.namespace, pod: instance.name, container: query.container ?? '' }, options, signal)
  for await (const chunk of chunks) await merger.add(splitter.take(chunk))
  await merger.add(splitter.end())
}

/** Collects lines for a moment, sorts them by time, and holds the sources while the reader does not read. */
class Merger {
  readonly #push: Push<LogLine[]>
  readonly #clock: Clock
  readonly #signal: AbortSignal
  #lines: LogLine[] = []
  #flushing: Promise<void> | undefined

  constructor(push: Push<LogLine[]>, clock: Clock, signal: AbortSignal) {
    this.#push = push
    this.#clock = clock
    this.#signal = signal
  }

  async add(lines: LogLine[]): Promise<void> {
    if (lines.length === 0) return
    this.#lines.push(...lines)
    this.#flushing ??= this.#flushSoon()
    if (this.#lines.length >= MAX_BATCH) await this.#flushing
  }

  async flush(): Promise<void> {
    await this.#flushing
    await this.#send()
  }

  async #flushSoon(): Promise<void> {
    await sleep(this.#clock, BATCH_MS, this.#signal).catch(() => undefined)
    await this.#send()
    this.#flushing = undefined
    if (this.#lines.length > 0) this.#flushing = this.#flushSoon()
  }

  async #send(): Promise<void> {
    const lines = this.#lines.sort((a, b) => a.time - b.time)
    this.#lines = []
    for (let i = 0; i < lines.length; i += MAX_BATCH) await this.#push(lines.slice(i, i + MAX_BATCH))
  }
}
