import type { Explanation } from '../../../common/contract/objects.ts'
import type { SwarmService } from '../../docker/types.ts'
import { ASKS, CANARY_OF, labelsOf } from '../labels.ts'
import { replicasOf } from '../service-state.ts'
import { canaryStateOf, whyGivenUp } from './canary-state.ts'

/** What is to be said of a service that has a canary, had one that was given up, or is one; by what is written on the two. Pure. */
export function canaryNote(service: SwarmService, services: readonly SwarmService[]): Explanation | undefined {
  const of = labelsOf(service)[CANARY_OF]
  if (of !== undefined) {
    const main = services.find(({ ID }) => ID === of)
    return main === undefined ? undefined : { reason: 'Canary', message: `It is the canary of ${main.Spec.Name}: ${progress(service, main)}` }
  }
  const canary = services.find((other) => labelsOf(other)[CANARY_OF] === service.ID)
  if (canary !== undefined) return { reason: 'Canary', message: `${canary.Spec.Name} runs beside it: ${progress(canary, service)}` }
  const image = labelsOf(service)[`${ASKS.canary}.image`]?.trim() ?? ''
  const why = whyGivenUp(service, image)
  return why === undefined ? undefined : { reason: 'CanaryGivenUp', message: `${image} was given up: ${why}. The service is as it was.` }
}

function progress(canary: SwarmService, main: SwarmService): string {
  const state = canaryStateOf(canary)
  if (state === undefined) return 'how far it has come cannot be read.'
  const { image, position: { weight }, failure, promoted } = state
  if (failure !== undefined) return `${image} is given up: ${failure}.`
  if (promoted !== undefined) return `${image} has gone through all steps, and ${main.Spec.Name} is updated.`
  if (weight === 0) return `${image} is tried, and its first tasks begin.`
  const count = replicasOf(canary)
  return `${image} is tried, with ${String(count)} task${count === 1 ? '' : 's'} beside ${String(replicasOf(main))}.`
}
