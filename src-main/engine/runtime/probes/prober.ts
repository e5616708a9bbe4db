import type { Clock, Timer } from '../../../common/clock.ts'
import { messageOf } from '../../../common/errors.ts'
import type { Container, Probe } from '../../../common/kube/generated/core-v1.ts'
import { checkExec, checkHttp, checkTcp } from './check.ts'
import type { CheckResult, CheckTools } from './check.ts'
import { checkGrpc } from './check-grpc.ts'

export type ProbeKind = 'startup' | 'readiness' | 'liveness'

/** Told of what the probes of one run of a container find. */
export interface ProbeListener {
  /** The startup probe passed. */
  onStarted(): void
  onReady(ready: boolean): void
  /** The container must be restarted. `graceSeconds`: the time that the probe gives it to end, where it says so. */
  onUnhealthy(message: string, graceSeconds: number | undefined): void
  /** A failed try, for an Event. */
  onFailure(kind: ProbeKind, message: string): void
}

export interface ProberOptions {
  container: Container
  containerId: string
  podIP: string
  tools: CheckTools
  clock: Clock
  listener: ProbeListener
  /** As it was when the engine last looked: a restarted engine goes on from there. */
  initial: { started: boolean; ready: boolean }
}

/** Until a container is ready for the first time it is asked again after this, then twice that ... up to its period. */
const FIRST_RETRY_MS = 25

/** A time limit is counted in steps of this, so that a stretch in which this process itself stood still counts as one of them. */
const STEP_MS = 100

/** The probes of one run of a container: startup first, then readiness and liveness until `stop`. */
export class Prober {
  readonly #options: ProberOptions
  readonly #timers = new Set<Timer>()
  readonly #abort = new AbortController()

  constructor(options: ProberOptions) {
    this.#options = options
    const { startupProbe } = options.container
    if (startupProbe === undefined || options.initial.started) this.#begin()
    else this.#run('startup', startupProbe)
  }

  /** Nothing is told after this. */
  stop(): void {
    this.#abort.abort()
    for (const timer of this.#timers) timer.cancel()
  }

  #begin(): void {
    const { readinessProbe, livenessProbe } = this.#options.container
    if (readinessProbe !== undefined) this.#run('readiness', readinessProbe)
    if (livenessProbe !== undefined) this.#run('liveness', livenessProbe)
  }

  #run(kind: ProbeKind, probe: Probe): void {
    const period = (probe.periodSeconds ?? 10) * 1000
    const { clock, initial } = this.#options
    let counts: Counts = { successes: 0, failures: 0 }
    let good = kind === 'liveness' || (kind === 'readiness' && initial.ready)
    // Quick tries before the first success cost nothing when they fail: only those a period apart count as failures.
    let hurry = kind !== 'liveness' && !good ? FIRST_RETRY_MS : undefined
    let lastCounted = -Infinity

    const attempt = async (): Promise<void> => {
      const answer = await this.#check(probe)
      if (this.#abort.signal.aborted) return
      const now = clock.monotonic()
      const counted = answer.result !== 'failure' || now - lastCounted >= period
      if (counted) {
        if (answer.result === 'failure') lastCounted = now
        counts = count(counts, answer.result)
        const verdict = judge(probe, counts)
        if (answer.result === 'failure') this.#options.listener.onFailure(kind, answer.message)
        if (verdict === 'passed' && !good) {
          good = true
          hurry = undefined
          if (this.#passed(kind)) return
        } else if (verdict === 'failed' && (good || kind === 'startup')) {
          good = false
          if (this.#failed(kind, answer.message, probe)) return
        }
      }
      const wait = hurry === undefined ? period : Math.min(hurry, period)
      if (hurry !== undefined) hurry *= 2
      this.#after(wait, attempt)
    }
    this.#after((probe.initialDelaySeconds ?? 0) * 1000, attempt)
  }

  /** Returns whether this probe is over. */
  #passed(kind: ProbeKind): boolean {
    if (kind === 'readiness') this.#options.listener.onReady(true)
    if (kind !== 'startup') return false
    this.#options.listener.onStarted()
    this.#begin()
    return true
  }

  #failed(kind: ProbeKind, message: string, { terminationGracePeriodSeconds }: Probe): boolean {
    if (kind === 'readiness') {
      this.#options.listener.onReady(false)
      return false
    }
    this.#options.listener.onUnhealthy(`failed ${kind} probe: ${message}`, terminationGracePeriodSeconds)
    return true
  }

  #after(ms: number, attempt: () => Promise<void>): void {
    const timer = this.#options.clock.setTimeout(() => {
      this.#timers.delete(timer)
      void attempt()
    }, ms)
    this.#timers.add(timer)
  }

  async #check(probe: Probe): Promise<CheckResult> {
    const { container, containerId, podIP, tools, clock } = this.#options
    const timeout = new AbortController()
    const timer = afterAwake(clock, (probe.timeoutSeconds ?? 1) * 1000, () => timeout.abort())
    const signal = AbortSignal.any([timeout.signal, this.#abort.signal])
    try {
      if (probe.httpGet !== undefined) return await checkHttp(tools, container, podIP, probe.httpGet, signal)
      if (probe.tcpSocket !== undefined) return await checkTcp(tools, container, podIP, probe.tcpSocket, signal)
      if (probe.grpc !== undefined) return await checkGrpc(tools, podIP, probe.grpc, signal)
      return await checkExec(tools, containerId, probe.exec?.command ?? [], signal)
    } catch (error) {
      return { result: 'failure', message: messageOf(error) }
    } finally {
      timer.cancel()
    }
  }
}

/** Calls `fn` once after `ms` in which this process ran: an answer that came while it stood still is read before anybody is called silent. */
function afterAwake(clock: Clock, ms: number, fn: () => void): Timer {
  let left = ms
  let timer = clock.setTimeout(step, Math.min(STEP_MS, left))
  function step(): void {
    left -= STEP_MS
    if (left <= 0) fn()
    else timer = clock.setTimeout(step, Math.min(STEP_MS, left))
  }
  return { cancel: () => timer.cancel() }
}

/** Answers of one kind in a row. */
export interface Counts {
  successes: number
  failures: number
}

/** Counts one more answer; `unknown` counts for nothing. Pure. */
export function count(counts: Counts, result: CheckResult['result']): Counts {
  if (result === 'unknown') return counts
  return result === 'success' ? { successes: counts.successes + 1, failures: 0 } : { successes: 0, failures: counts.failures + 1 }
}

/** What a row of answers means by the probe's thresholds; undefined: nothing new. Pure. */
export function judge(probe: Pick<Probe, 'successThreshold' | 'failureThreshold'>, counts: Counts): 'passed' | 'failed' | undefined {
  if (counts.successes >= (probe.successThreshold ?? 1)) return 'passed'
  return counts.failures >= (probe.failureThreshold ?? 3) ? 'failed' : undefined
}
