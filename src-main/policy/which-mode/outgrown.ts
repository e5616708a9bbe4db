import type { Saying } from './criteria.ts'
import { CRITERIA, leastFor } from './criteria.ts'
import type { Mode, Needs } from './needs.ts'
import { isHeavier, LEAST, STEPS } from './needs.ts'
import type { Reason } from './recommend.ts'
import { recommend } from './recommend.ts'

/** What can be read of a running cluster. Whoever reads it says only what it knows. */
export interface ClusterFacts {
  readonly servers: number
  /** Deployed by people: no part of the cluster itself. */
  readonly services: number
  /** Servers with a GPU. */
  readonly gpuServers: number
  /** Services that are scaled by their use. */
  readonly autoscaled: number
  /** Those that may change it, where the cluster knows them apart. */
  readonly people?: number
}

/** Does a cluster still do what it is for? */
export interface Outgrown {
  /** Undefined: it is still right. */
  readonly to: Mode | undefined
  /** What is too much for it. */
  readonly signs: readonly Reason[]
  /** What is close to being too much. */
  readonly near: readonly Saying[]
}

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
