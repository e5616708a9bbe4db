import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Clock, Timer } from '../common/clock.ts'

/** How finely delays are measured, milliseconds: a timer of the runtime's own, without JavaScript. */
const RESOLUTION_MS = 25
/** Nothing may hold the event loop up for longer. */
const LIMIT_MS = 50
const REPORT_MS = 60_000

/** Watches over a process that must not stop: tells of what nobody else would. `stop` leaves the process as it was. */
export interface ProcessWatch {
  /** Minutes in which something held the event loop up for more than 50 ms. */
  readonly blockedMinutes: number
  stop(): void
}

/**
 * Tells `log` once a minute how long the event loop was held up at most, where that was too long, and of rejections that nobody
 * handled. Those are bugs, but no reason to end: every loop of the engine looks at the present state again by itself.
 */
export function watchProcess(clock: Clock, log: (message: string, error?: unknown) => void): ProcessWatch {
  const onRejection = (error: unknown): void => log('a failure that nobody handled:', error)
  process.on('unhandledRejection', onRejection)
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delays.enable()
  let blockedMinutes = 0
  let timer: Timer
  const report = (): void => {
    // It measures from one tick of its timer to the next, in nanoseconds.
    const longestMs = Math.round(delays.max / 1e6) - RESOLUTION_MS
    delays.reset()
    if (longestMs > LIMIT_MS) {
      blockedMinutes++
      log(`the event loop was held up for ${String(longestMs)} ms in the last minute (${String(blockedMinutes)} such minutes so far)`)
    }
    timer = clock.setTimeout(report, REPORT_MS)
  }
  timer = clock.setTimeout(report, REPORT_MS)
  return {
    get blockedMinutes() {
      return blockedMinutes
    },
    stop() {
      timer.cancel()
      delays.disable()
      process.off('unhandledRejection', onRejection)
    },
  }
}
