import type { TakeOverPlan } from '../../common/contract/index.ts'
import { isNewer } from '../../engine/lease/term.ts'
import type { StatePoint } from '../../engine/lease/term.ts'
import { latestTerm, newestCopy } from './survey.ts'
import type { Surveyed } from './survey.ts'

/** What a take-over would do, by what the servers say and how new this desk's own state is. */
export function planTakeOver(surveyed: readonly Omit<Surveyed, 'host'>[], own: StatePoint, driver: string): TakeOverPlan {
  const { term, seenAgoMs } = latestTerm(surveyed)
  const newest = newestCopy(surveyed)?.found?.copy
  const silent = surveyed.filter(({ found }) => found === undefined)
  const problem = problemOf(surveyed.length, silent.map(({ name, problem: why }) => `${name}: ${why ?? 'it does not answer'}`), newest !== undefined)
  return {
    driver: term?.name ?? driver,
    ...(seenAgoMs === undefined ? {} : { driverSeenAgoMs: seenAgoMs }),
    servers: surveyed.map(({ name, found, problem: why }) => ({ name, answers: found !== undefined, copy: found?.copy !== undefined, ...(why === undefined ? {} : { problem: why }) })),
    restores: newest !== undefined && isNewer(newest, own),
    ...(problem === undefined ? {} : { problem }),
  }
}

function problemOf(count: number, silent: readonly string[], hasCopy: boolean): TakeOverPlan['problem'] {
  if (count > 0 && silent.length === count) return { reason: 'NoServerAnswers', message: `No server can be reached from this desk, so there is nothing to take over. ${silent.join(' ')}` }
  // The copy may be on one of those: an older state in its place could lose what was made since.
  if (!hasCopy && silent.length > 0) return { reason: 'NoCopyFound', message: `No server that answers has a copy of the cluster's state, and not all answer. Mend the way to the others first. ${silent.join(' ')}` }
  return undefined
}
