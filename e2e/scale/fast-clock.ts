import type { Clock } from '../../src-main/common/clock.ts'
import { systemClock } from '../../src-main/common/clock.ts'

/** The machine's clock, running `factor` times as fast: minutes of a cluster's life pass in seconds, and everything else takes the time it takes. */
export function fastClock(factor: number): Clock {
  const began = systemClock.now()
  const at = systemClock.monotonic()
  const passed = (): number => (systemClock.monotonic() - at) * factor
  return {
    now: () => began + Math.floor(passed()),
    monotonic: passed,
    setTimeout: (fn, ms) => systemClock.setTimeout(fn, ms / factor),
  }
}
