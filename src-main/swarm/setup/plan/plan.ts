import type { SwarmChange, SwarmPlan } from '../../../common/contract/index.ts'
import { planInit, planJoin } from './begin.ts'
import type { ChangePlan, PlanInput } from './change-plan.ts'
import { planAutolock, planForceNewCluster, planRotateCa, planRotateToken, planRotateUnlockKey, planUnlock } from './keys.ts'
import { planAvailability, planDemote, planLabels, planLeave, planPromote, planRemove } from './nodes.ts'

/** What a change would do to the swarm as it is. Pure. */
export function planChange(input: PlanInput, change: SwarmChange): ChangePlan {
  switch (change.type) {
    case 'init': return planInit(input, change)
    case 'join': return planJoin(input, change)
    case 'promote': return planPromote(input, change)
    case 'demote': return planDemote(input, change)
    case 'leave': return planLeave(input, change)
    case 'remove': return planRemove(input, change)
    case 'availability': return planAvailability(input, change)
    case 'labels': return planLabels(input, change)
    case 'rotateToken': return planRotateToken(input, change)
    case 'rotateCa': return planRotateCa(input)
    case 'autolock': return planAutolock(input, change)
    case 'rotateUnlockKey': return planRotateUnlockKey(input)
    case 'unlock': return planUnlock(input, change)
    case 'forceNewCluster': return planForceNewCluster(input, change)
  }
}

/** A plan as screens get it. */
export function shown({ steps, ...rest }: ChangePlan): SwarmPlan {
  return { ...rest, steps: steps.map(({ message, server }) => ({ message, ...(server === undefined ? {} : { server }) })) }
}
