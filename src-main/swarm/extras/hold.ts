import type { SwarmService } from '../docker/types.ts'
import type { Telling } from './said.ts'
import { isBeingUpdated, isChanging } from './service-state.ts'

/** Why a service is left alone at present. */
export interface Hold {
  readonly message: string
  /** What is to be told for as long as it is so: a release that goes on is nothing to tell. */
  readonly states: readonly Telling[]
}

/**
 * A service whose new version is being rolled out or back, or whose release stopped half-way, is not written to: Swarm goes back to the spec before the last
 * write, and that must be the release's. `consequence`: `it is not scaled`.
 */
export function holdOf(service: SwarmService, consequence: string): Hold | undefined {
  if (!isChanging(service)) return undefined
  if (isBeingUpdated(service)) return { message: `A new version is on its way in or out: ${consequence} until that is over.`, states: [] }
  const { Message = '' } = service.UpdateStatus ?? {}
  const message = `Its release stopped half-way${Message === '' ? '' : ` (${Message})`}: ${consequence} until it is updated again or rolled back.`
  return { message, states: [{ type: 'Warning', reason: 'ReleaseStopped', message }] }
}
