import type { DomainCounts } from '../domain-counts.ts'
import type { FilterPlugin, ScorePlugin } from '../framework.ts'
import type { PodInfo } from '../pod-info.ts'
import { selects } from '../pod-selection.ts'
import type { Snapshot } from '../snapshot.ts'

const AFFINITY = "node(s) didn't match pod affinity rules"
const ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"
const EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules"

interface State {
  /** Pods that all terms of the pod's affinity select, by each term's domains. */
  near: DomainCounts[]
  far: DomainCounts[]
  /** Pods already there that do not want this one in their domain. */
  refusals: DomainCounts[]
  /** The first pod of a group that wants to be near its like: nobody is there yet, so anywhere will do. */
  first: boolean
}

/** Required pod affinity and anti-affinity; also of the pods already there, who may refuse this one. */
export const interPodAffinity: FilterPlugin<State> = {
  name: 'InterPodAffinity',
  wokenBy: ['node', 'pod-placed', 'pod-gone'],
  yieldsToPreemption: true,
  prepare(pod, snapshot) {
    const refusals = snapshot.standing(pod, 'refusals').map((s) => s.counts)
    const { near = [], far = [] } = pod.affinity ?? {}
    if (near.length + far.length + refusals.length === 0) return undefined
    const all = near.map((t) => t.selection)
    const counts = near.map(({ topologyKey }) => snapshot.tally({ topologyKey, selections: all, terminating: true }))
    const { labels } = pod.pod.metadata
    const first = counts.every((c) => c.isEmpty) && all.every((s) => selects(s, pod.namespace, labels, snapshot.labelsOf))
    return { near: counts, far: far.map(({ topologyKey, selection }) => snapshot.tally({ topologyKey, selections: [selection], terminating: true })), refusals, first }
  },
  filter(_, node, { near, far, refusals, first }) {
    for (const counts of near) {
      const n = counts.at(node)
      if (n === undefined || (n === 0 && !first)) return [AFFINITY]
    }
    for (const counts of far) if ((counts.at(node) ?? 0) > 0) return [ANTI_AFFINITY]
    for (const counts of refusals) if ((counts.at(node) ?? 0) > 0) return [EXISTING]
    return []
  },
}

/** Counts of pods by domain, and what each of them adds to a node's score. */
type Wish = readonly [DomainCounts, number]

/**
 * Preferred pod affinity (adds its weight) and anti-affinity (takes it away) for each matching pod in a node's domain; the wishes of the pods that are
 * there already count as much as the pod's own.
 */
export const preferredInterPodAffinity: ScorePlugin<Wish[]> = {
  name: 'InterPodAffinity',
  weight: 2,
  prepare(pod, _, snapshot) {
    const wishes = [...ownWishes(pod, snapshot), ...snapshot.standing(pod, 'wishes').map((s): Wish => [s.counts, s.effect as number])]
    return wishes.length > 0 ? wishes : undefined
  },
  score: (_, node, wishes) => wishes.reduce((n, [counts, weight]) => n + weight * (counts.at(node) ?? 0), 0),
  normalize(scores) {
    let [lowest, highest] = [Infinity, -Infinity]
    for (const s of scores) [lowest, highest] = [Math.min(lowest, s), Math.max(highest, s)]
    return scores.map((s) => (highest === lowest ? 0 : Math.floor((100 * (s - lowest)) / (highest - lowest))))
  },
}

function ownWishes({ affinity }: PodInfo, snapshot: Snapshot): Wish[] {
  return (affinity?.preferred ?? []).map(({ topologyKey, selection, weight }) => [snapshot.tally({ topologyKey, selections: [selection], terminating: true }), weight])
}
