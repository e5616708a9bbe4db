import { channel } from 'node:diagnostics_channel'
import type { Clock } from '../../../common/clock.ts'
import { hasReason, StatusError } from '../../../common/errors.ts'
import { TELEMETRY } from '../../../common/telemetry.ts'
import type { ReconcileTold } from '../../../common/telemetry.ts'
import type { BackoffOptions } from './rate-limiter.ts'
import { WorkQueue } from './work-queue.ts'

const told = channel(TELEMETRY.reconcile)

/** Thrown by a reconcile when trying again cannot help until the object changes. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError'
}

/** What a reconcile may ask for when it returns. */
export interface Again {
  /** Run again in this many milliseconds, whatever happens. */
  requeueAfterMs: number
}

/** Converges what the key names. Reads current state, is idempotent, does not care what happened. Throws to be retried. */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<Again | void>

/** One failed reconcile. `retryInMs` is undefined after a TerminalError. */
export interface ReconcileFailure {
  controller: string
  key: string
  error: unknown
  /** Failures in a row of this key. */
  failures: number
  retryInMs: number | undefined
}

/** How a controller runs. */
export interface ControllerOptions {
  name: string
  reconcile: Reconcile
  clock: Clock
  /** Hears every failure: for the log and its counters. */
  onError: (failure: ReconcileFailure) => void
  /** Keys worked on at a time. Default 4. */
  workers?: number
  backoff?: BackoffOptions
}

/** Workers that take keys from a queue and reconcile them. */
export class Controller {
  readonly name: string
  readonly #options: ControllerOptions
  readonly #queue: WorkQueue
  readonly #abort = new AbortController()
  #workers: Promise<void>[] = []

  constructor(options: ControllerOptions) {
    this.name = options.name
    this.#options = options
    this.#queue = new WorkQueue(options.clock, options.backoff, options.name)
  }

  enqueue(key: string): void {
    this.#queue.add(key)
  }

  enqueueAfter(key: string, ms: number): void {
    this.#queue.addAfter(key, ms)
  }

  /** Starts working. Keys queued before wait until then. */
  start(): void {
    this.#workers = Array.from({ length: this.#options.workers ?? 4 }, () => this.#work())
  }

  /** Aborts what runs and resolves when it is over. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error(`${this.name} is stopping`))
    await this.#queue.close()
    await Promise.all(this.#workers)
  }

  async #work(): Promise<void> {
    for (let key = await this.#queue.take(); key !== undefined; key = await this.#queue.take()) {
      const begin = this.#options.clock.monotonic()
      try {
        const again = await this.#options.reconcile(key, this.#abort.signal)
        this.#queue.forget(key)
        if (again) this.#queue.addAfter(key, again.requeueAfterMs)
        this.#tell(again ? 'requeue_after' : 'success', begin)
      } catch (error) {
        this.#tell('error', begin)
        if (!this.#abort.signal.aborted) this.#failed(key, error)
      } finally {
        this.#queue.done(key)
      }
    }
  }

  #tell(result: ReconcileTold['result'], begin: number): void {
    if (told.hasSubscribers) told.publish({ controller: this.name, result, seconds: (this.#options.clock.monotonic() - begin) / 1000 } satisfies ReconcileTold)
  }

  #failed(key: string, error: unknown): void {
    if (error instanceof TerminalError) {
      const failures = this.#queue.failures(key) + 1
      this.#queue.forget(key)
      return this.#options.onError({ controller: this.name, key, error, failures, retryInMs: undefined })
    }
    // Nothing can be made in a namespace that is being deleted, and nothing needs to.
    if (error instanceof StatusError && error.details.causes?.some((c) => c.reason === 'NamespaceTerminating')) return this.#queue.forget(key)
    const retryInMs = this.#queue.retry(key)
    const failures = this.#queue.failures(key)
    // The cache was a moment behind: the ordinary cost of writing with a resourceVersion, no failure until it goes on.
    if (hasReason(error, 'Conflict', 'AlreadyExists', 'NotFound') && failures < 5) return
    this.#options.onError({ controller: this.name, key, error, failures, retryInMs })
  }
}
