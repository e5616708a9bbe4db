import type { RevisionShare } from '../../../common/kube/rollout.ts'

/** Pods that together get a share of the requests. */
export interface ShareGroup<P> {
  share: number
  pods: P[]
}

/**
 * A Service's share, divided among the revisions that its Rollouts bring in: each revision's pods together get their weight of what the Rollout's pods get, whatever their number.
 * What no Rollout shares, and Rollouts among each other, get as much as their number of pods. A revision without pods leaves its part to the others. Pure.
 */
export function byRevision<P extends { ip: string }>(share: number, pods: readonly P[], revisions: ReadonlyMap<string, RevisionShare>): ShareGroup<P>[] {
  const rollouts = new Map<string, Map<string, { weight: number; pods: P[] }>>()
  const rest: P[] = []
  for (const pod of pods) {
    const of = revisions.get(pod.ip)
    if (of === undefined) {
      rest.push(pod)
      continue
    }
    const groups = rollouts.get(of.rollout) ?? new Map<string, { weight: number; pods: P[] }>()
    rollouts.set(of.rollout, groups)
    const group = groups.get(of.revision) ?? { weight: of.weight, pods: [] }
    groups.set(of.revision, group)
    group.pods.push(pod)
  }
  if (rollouts.size === 0) return [{ share, pods: [...pods] }]
  const groups = [...rollouts.values()].flatMap((revisionsOf) => {
    const all = [...revisionsOf.values()]
    const total = all.reduce((sum, { weight }) => sum + weight, 0)
    const count = all.reduce((n, of) => n + of.pods.length, 0)
    return all.map(({ weight, pods: of }) => ({ share: (share * (count / pods.length) * weight) / total, pods: of }))
  })
  return rest.length === 0 ? groups : [...groups, { share: (share * rest.length) / pods.length, pods: rest }]
}
