import { count } from '../../common/counted.ts'
import type { AnalysisSpec } from '../../common/kube/rollout.ts'
import type { Sum } from './traffic-sums.ts'
import { meanOf } from './traffic-sums.ts'

/** What is left out of an analysis. */
export const ANALYSIS_DEFAULTS = { intervalSeconds: 10, ready: true, maxRestarts: 0, maxErrorPercent: 5, minRequests: 20, failureLimit: 0 } as const satisfies AnalysisSpec

/** The new revision, as it is looked at. */
export interface Examined {
  /** Its ReplicaSet's name. */
  name: string
  /** Pods that were Ready and are no more. */
  unready: number
  /** Restarts of its containers. */
  restarts: number
  /** Its requests since they were judged last. */
  requests: Sum
}

export interface Verdict {
  /** What counts against it, for people; undefined: nothing. */
  failure: string | undefined
  /** What was seen, for people. */
  message: string
  /** The requests were judged: counting begins anew. */
  judged: boolean
}

/** Holds a revision to its analysis. */
export function judge(spec: AnalysisSpec, { name, unready, restarts, requests }: Examined): Verdict {
  const { ready, maxRestarts, maxErrorPercent, maxMeanMs, minRequests } = { ...ANALYSIS_DEFAULTS, maxMeanMs: undefined, ...spec }
  const judged = requests.requests >= Math.max(1, minRequests)
  const percent = judged ? (100 * requests.errors) / requests.requests : 0
  const mean = judged ? meanOf(requests) : undefined
  const failures = [
    ready && unready > 0 ? `${count(unready, 'pod')} of revision ${name} ${unready === 1 ? 'is' : 'are'} not ready any more` : '',
    restarts > maxRestarts ? `the containers of revision ${name} restarted ${String(restarts)} times (limit ${String(maxRestarts)})` : '',
    percent > maxErrorPercent ? `${percentText(percent)} of ${count(requests.requests, 'request')} to revision ${name} failed (limit ${percentText(maxErrorPercent)})` : '',
    mean !== undefined && maxMeanMs !== undefined && mean > maxMeanMs ? `${count(requests.answers, 'answer')} of revision ${name} took ${mean.toFixed(0)} ms on average (limit ${String(maxMeanMs)} ms)` : '',
  ].filter((text) => text !== '')
  const good = judged ? `${percentText(percent)} of ${count(requests.requests, 'request')} failed${mean === undefined ? '' : `, ${mean.toFixed(0)} ms on average`}` : `${count(requests.requests, 'request')} so far: too few to judge (${String(minRequests)} are needed)`
  return { failure: failures.length === 0 ? undefined : failures.join('; '), message: failures.length === 0 ? good : failures.join('; '), judged }
}

function percentText(percent: number): string {
  return `${String(Math.round(percent * 10) / 10)} %`
}
