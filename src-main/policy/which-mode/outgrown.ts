import type { ClusterFacts, Outgrown, Saying } from '../../common/contract/index.ts'
import type { Mode, Needs } from '../../common/which-mode.ts'
import { isHeavier, LEAST, STEPS } from '../../common/which-mode.ts'
import { CRITERIA, leastFor } from './criteria.ts'
import { recommend } from './recommend.ts'

/** From this part of the most on, it is close. */
const CLOSE = 0.8

/** The answers that facts give. Those that nobody can read stay open. */
export function answersFrom({ servers, services, gpuServers, autoscaled, people }: ClusterFacts): Partial<Needs> {
  return {
    servers, services, gpu: gpuServers > 0 ? 'some' : 'none',
    autoscaling: autoscaled === 0 ? 'none' : autoscaled > Math.max(2, services / 2) ? 'most' : 'some',
    ...(people === undefined ? {} : { people }),
  }
}

/** Whether a cluster that runs in this mode has outgrown it, by what it is and what was answered besides. It never says that one is too big: who has it, has it. Pure. */
export function outgrown(mode: Mode, facts: ClusterFacts, answers: Partial<Needs> = {}): Outgrown {
  const known = { ...answers, ...answersFrom(facts) }
  const needs: Needs = { ...LEAST, ...known }
  const { mode: right, reasons, also } = recommend(known)
  const signs = [...reasons, ...also].filter((r) => isHeavier(r.mode, mode))
  const near = CRITERIA.flatMap((criterion): Saying[] => {
    const most = criterion.most(mode, needs)
    const amount = criterion.amount(needs)
    // Less than five of anything is no crowd yet: a step has nothing in between.
    if (criterion.id in STEPS || most === undefined || amount < most * CLOSE || isHeavier(leastFor(criterion, needs), mode)) return []
    return [{ key: `which_near_${criterion.id}`, values: { count: amount, limit: most } }]
  })
  return { to: isHeavier(right, mode) ? right : undefined, signs, near }
}
