import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { isPodTerminated } from '../../../common/kube/pods.ts'

/** What pod garbage collection needs to know. */
export interface PodGcInput {
  pods: readonly Pod[]
  /** Names of the nodes there are. */
  nodes: ReadonlySet<string>
  /** Names of the nodes that do not answer and of which a person says that they are off. */
  outOfService: ReadonlySet<string>
  /** Since when (monotonic milliseconds) each node that pods are bound to has been missing. */
  missingSince: ReadonlyMap<string, number>
  now: number
  /** A node may come back, or only be renamed in a hurry: so long its pods are left alone. */
  quarantineMs: number
  /** So many ended pods are kept. */
  keep: number
}

/** The pods to delete, and in how many milliseconds to look again (undefined: when something changes). */
export function computePodGc({ pods, nodes, outOfService, missingSince, now, quarantineMs, keep }: PodGcInput): { orphans: Pod[]; abandoned: Pod[]; ended: Pod[]; lookAgainMs: number | undefined } {
  const orphans: Pod[] = []
  let lookAgainMs: number | undefined
  for (const pod of pods) {
    const since = missingSince.get(pod.spec.nodeName ?? '')
    if (!pod.spec.nodeName || nodes.has(pod.spec.nodeName) || since === undefined) continue
    const left = since + quarantineMs - now
    if (left <= 0) orphans.push(pod)
    else lookAgainMs = Math.min(lookAgainMs ?? Infinity, left)
  }
  // Nobody will confirm their end.
  const abandoned = pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined && outOfService.has(pod.spec.nodeName ?? ''))
  const ended = pods.filter((pod) => isPodTerminated(pod) && pod.metadata.deletionTimestamp === undefined && !orphans.includes(pod))
  ended.sort((a, b) => Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp))
  return { orphans, abandoned, ended: ended.slice(0, Math.max(0, ended.length - keep)), lookAgainMs }
}
