import { Leases } from '../../common/kube/kinds.ts'
import type { ControllerContext } from './context.ts'

/** So far the wall clock may stray from the passing of time; a machine's clock that is set right by and by does. */
const STRAY_MS = 1000

/**
 * Calls `onJump` when the wall clock is not where the time that passed would have it: the machine slept, and timers with it, or its clock was set.
 * It looks whenever a node's heart beats, so it needs no timer of its own.
 */
export function onClockJump({ informers, clock }: ControllerContext, onJump: () => void): void {
  let offset = clock.now() - clock.monotonic()
  const look = (): void => {
    const now = clock.now() - clock.monotonic()
    if (Math.abs(now - offset) < STRAY_MS) return
    offset = now
    onJump()
  }
  informers.for(Leases).addHandler({ onAdd: look, onUpdate: look })
}
