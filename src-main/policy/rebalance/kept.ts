import { appKeyOf } from '../../common/kube/app-of.ts'
import { claimsHeldOn } from '../../common/kube/claim-data.ts'
import type { VolumeLookup } from '../../common/kube/claim-data.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import type { PodDisruptionBudget } from '../../common/kube/generated/policy-v1.ts'
import { matchesSelector } from '../../common/kube/labels.ts'
import { localData } from '../../common/kube/local-data.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { controllerOf } from '../../common/kube/owners.ts'
import { isPodActive, isPodReady } from '../../common/kube/pods.ts'
import { MAY_REBALANCE } from '../../common/kube/rebalance.ts'

/** Why a pod is not moved, whatever would come of it. */
export interface Kept {
  readonly reason: 'OptedOut' | 'NoOwner' | 'DaemonSet' | 'Job' | 'Critical' | 'LocalData' | 'ScratchData' | 'NotReady' | 'OnlyOne' | 'Budget'
  readonly message: string
}

/** What is known around the pods. */
export interface KeptContext {
  readonly lookup: VolumeLookup
  readonly budgets: readonly Frozen<PodDisruptionBudget>[]
  /** All pods, those without a node too. */
  readonly pods: readonly Frozen<Pod>[]
  /** What is said about moving (MAY_REBALANCE) by the pod's owner and, where that says nothing, its namespace. */
  wordOf(pod: Frozen<Pod>): string | undefined
}

/** Upstream's `system-cluster-critical` and above. */
const CRITICAL = 2_000_000_000

/** Says of each pod why it must stay; undefined: it may move. What takes data or service away is never done; what might, only where somebody says so. Pure. */
export function keeper({ lookup, budgets, pods, wordOf }: KeptContext): (pod: Frozen<Pod>) => Kept | undefined {
  const siblings = new Map<string, Frozen<Pod>[]>()
  for (const pod of pods.filter(isPodActive)) {
    const app = appKeyOf(pod) ?? ''
    siblings.set(app, [...(siblings.get(app) ?? []), pod])
  }
  const no = (reason: Kept['reason'], message: string): Kept => ({ reason, message })
  return (pod) => {
    const word = pod.metadata.annotations?.[MAY_REBALANCE] ?? wordOf(pod)
    const owner = controllerOf(pod)
    if (word === 'false') return no('OptedOut', `${MAY_REBALANCE} is "false" for it.`)
    if (owner === undefined) return no('NoOwner', 'No app owns it, so nobody would start it again.')
    if (owner.kind === 'DaemonSet') return no('DaemonSet', 'It belongs to its server.')
    if (owner.kind === 'Job') return no('Job', 'Its Job would begin its work anew.')
    if ((pod.spec.priority ?? 0) >= CRITICAL) return no('Critical', 'The cluster itself depends on it.')
    const paths = localData(pod)
    if (paths.length > 0) return no('LocalData', `Its data (${paths.join(', ')}) is on this server.`)
    const held = claimsHeldOn(pod, lookup)
    if (held.length > 0) return no('LocalData', `The data of its claim ${held.map(({ claim }) => `"${claim.metadata.name}"`).join(', ')} is on this server. Move that volume, and the pod goes with it.`)
    // Of all its revisions: nothing is moved in the middle of a rollout.
    const all = siblings.get(appKeyOf(pod) ?? '') ?? []
    if (!all.every(isPodReady)) return no('NotReady', 'Not all pods of its app are ready at the moment.')
    if (word !== 'true' && (pod.spec.volumes ?? []).some((v) => v.emptyDir !== undefined && v.emptyDir.medium !== 'Memory')) return no('ScratchData', `It keeps scratch data in an emptyDir, which would go; ${MAY_REBALANCE}: "true" lets it.`)
    if (word !== 'true' && all.length < 2) return no('OnlyOne', `It is the only one of its app, which would be away meanwhile; ${MAY_REBALANCE}: "true" lets it.`)
    const budget = budgets.find((b) => covers(b, pod) && neverAllows(b))
    return budget === undefined ? undefined : no('Budget', `PodDisruptionBudget "${budget.metadata.name}" lets none of its pods go.`)
  }
}

function covers({ metadata, spec }: Frozen<PodDisruptionBudget>, pod: Frozen<Pod>): boolean {
  return metadata.namespace === pod.metadata.namespace && matchesSelector(pod.metadata.labels, spec.selector)
}

/** Not only at the moment: with all pods healthy, none may go. */
function neverAllows({ status }: Frozen<PodDisruptionBudget>): boolean {
  return status !== undefined && status.expectedPods > 0 && status.expectedPods - status.desiredHealthy < 1
}
