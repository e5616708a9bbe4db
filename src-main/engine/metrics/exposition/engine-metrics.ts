import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import { TELEMETRY } from '../../../common/telemetry.ts'
import type { AttemptTold, CommitTold, QueueTold, ReconcileTold, RequestTold } from '../../../common/telemetry.ts'

/** How finely the event loop's delay is measured, milliseconds. */
const LOOP_MS = 25
const REQUEST_SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const WORK_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 10, 60]
const ATTEMPT_SECONDS = [0.0001, 0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 1]
const WHAT = ['verb', 'group', 'version', 'resource', 'subresource'] as const

/** What is asked for at each scrape. */
export interface EngineState {
  /** The size of the store's file, bytes; undefined where it cannot be told. */
  storeBytes(): number | undefined
  /** The store's revision. */
  revision(): number
}

/** Counts what the engine does, from now until `stop`, under the names that Kubernetes' own parts use. */
export class EngineMetrics {
  readonly #registry = new Registry()
  readonly #ends: (() => void)[] = []
  #defaults = false

  constructor(state: EngineState) {
    const registers = [this.#registry]
    this.#countRequests(registers)
    this.#countWork(registers)
    const attempts = new Counter({ name: 'scheduler_schedule_attempts_total', help: 'Number of attempts to schedule pods, by the result.', labelNames: ['result', 'profile'], registers })
    const attemptSeconds = new Histogram({ name: 'scheduler_scheduling_attempt_duration_seconds', help: 'Scheduling attempt latency in seconds (scheduling algorithm).', labelNames: ['result', 'profile'], buckets: ATTEMPT_SECONDS, registers })
    this.#on<AttemptTold>(TELEMETRY.attempt, ({ result, seconds }) => {
      attempts.inc({ result, profile: 'default-scheduler' })
      attemptSeconds.observe({ result, profile: 'default-scheduler' }, seconds)
    })
    const changes = new Counter({ name: 'toque_store_changes_total', help: 'Objects written or deleted in the store.', registers })
    const commits = new Histogram({ name: 'toque_store_commit_duration_seconds', help: 'Time to write a batch of changes and sync it to the disk.', buckets: WORK_SECONDS, registers })
    this.#on<CommitTold>(TELEMETRY.commit, (told) => {
      changes.inc(told.changes)
      commits.observe(told.seconds)
    })
    new Gauge({ name: 'apiserver_storage_size_bytes', help: 'Size of the storage database file physically allocated in bytes.', registers, collect() { this.set(state.storeBytes() ?? NaN) } })
    new Gauge({ name: 'toque_store_revision', help: 'The revision of the last change.', registers, collect() { this.set(state.revision()) } })
  }

  /** The page. What measures the process itself begins with the first one: nothing runs for nobody. */
  text(): Promise<string> {
    if (!this.#defaults) collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: LOOP_MS })
    this.#defaults = true
    return this.#registry.metrics()
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end()
    this.#registry.clear()
  }

  #countRequests(registers: Registry[]): void {
    const total = new Counter({ name: 'apiserver_request_total', help: 'Counter of apiserver requests broken out for each verb, group, version, resource, subresource and code.', labelNames: [...WHAT, 'code'], registers })
    const duration = new Histogram({ name: 'apiserver_request_duration_seconds', help: 'Response latency distribution in seconds; those that go on until somebody ends them are not in it.', labelNames: [...WHAT], buckets: REQUEST_SECONDS, registers })
    const running = new Gauge({ name: 'apiserver_longrunning_requests', help: 'Gauge of all active long-running apiserver requests: watches, followed logs, exec.', labelNames: [...WHAT], registers })
    const inflight = new Gauge({ name: 'apiserver_current_inflight_requests', help: 'Requests that are being answered, long-running ones left out.', registers })
    this.#on<RequestTold>(TELEMETRY.request, ({ verb, group, version, resource, subresource, longRunning, ended }) => {
      const what = { verb, group, version, resource, subresource }
      const by = ended === undefined ? 1 : -1
      if (longRunning) running.inc(what, by)
      else inflight.inc(by)
      if (ended === undefined) return
      total.inc({ ...what, code: String(ended.code) })
      if (!longRunning) duration.observe(what, ended.seconds)
    })
  }

  #countWork(registers: Registry[]): void {
    const depth = new Gauge({ name: 'workqueue_depth', help: 'Current depth of workqueue', labelNames: ['name'], registers })
    const adds = new Counter({ name: 'workqueue_adds_total', help: 'Total number of adds handled by workqueue', labelNames: ['name'], registers })
    const retries = new Counter({ name: 'workqueue_retries_total', help: 'Total number of retries handled by workqueue', labelNames: ['name'], registers })
    this.#on<QueueTold>(TELEMETRY.queue, (told) => {
      depth.set({ name: told.name }, told.depth)
      if (told.event === 'add') adds.inc({ name: told.name })
      if (told.event === 'retry') retries.inc({ name: told.name })
    })
    const reconciles = new Counter({ name: 'controller_runtime_reconcile_total', help: 'Total number of reconciliations per controller', labelNames: ['controller', 'result'], registers })
    const errors = new Counter({ name: 'controller_runtime_reconcile_errors_total', help: 'Total number of reconciliation errors per controller', labelNames: ['controller'], registers })
    const time = new Histogram({ name: 'controller_runtime_reconcile_time_seconds', help: 'Length of time per reconciliation per controller', labelNames: ['controller'], buckets: WORK_SECONDS, registers })
    this.#on<ReconcileTold>(TELEMETRY.reconcile, ({ controller, result, seconds }) => {
      reconciles.inc({ controller, result })
      if (result === 'error') errors.inc({ controller })
      time.observe({ controller }, seconds)
    })
  }

  #on<T>(name: string, take: (told: T) => void): void {
    const listener = (message: unknown): void => take(message as T)
    subscribe(name, listener)
    this.#ends.push(() => unsubscribe(name, listener))
  }
}
