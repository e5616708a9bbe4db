import type { ClusterMode, MovePhase, MoveStepName } from '../../../src-main/common/contract/index.ts'
import { m } from '../../paraglide/messages.js'

const STEPS: Readonly<Record<MoveStepName, () => string>> = {
  make: m.appmove_step_make, startStateless: m.appmove_step_start, stopData: m.appmove_step_stop_data, startData: m.appmove_step_start_data, switchTraffic: m.appmove_step_switch, stopOld: m.appmove_step_stop_old,
}

/** A step of a move, in a few words. */
export function stepWords(step: MoveStepName): string {
  return STEPS[step]()
}

/** A mode's name. */
export function modeWords(mode: ClusterMode): string {
  return mode === 'swarm' ? 'Swarm' : 'Kubernetes'
}

/** Towards it, as a sentence has it: in Korean with the particle that the name takes. */
export function towards(mode: ClusterMode): string {
  return mode === 'swarm' ? m.appmove_to_swarm() : m.appmove_to_kubernetes()
}

/** Why a move ended that was not done, and what became of it: only one that said so was taken back; of any other the overview knows more. `phase`: what it told last; undefined: it never began. */
export function failureWords(error: string, phase: MovePhase | undefined): string {
  if (error === '') return m.appmove_cut_off()
  if (phase === undefined) return error
  return phase === 'takenBack' ? m.appmove_failed({ error }) : m.appmove_left({ error })
}
