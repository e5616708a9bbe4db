import type { DrainPlan, Explanation, PodFate } from '../../common/contract/index.ts'
import { isConditionTrue } from '../../common/kube/conditions.ts'
import type { Node, Pod } from '../../common/kube/generated/core-v1.ts'
import { localData } from '../../common/kube/local-data.ts'
import { controllerOf } from '../../common/kube/owners.ts'
import { isPodTerminated } from '../../common/kube/pods.ts'
import { refOf } from '../views/refs.ts'

/** On a pod that the node's own agent made from a file: the API shows it and cannot end it. */
const MIRROR = 'kubernetes.io/config.mirror'
const ORDER: readonly PodFate['fate'][] = ['ends', 'waits', 'moves', 'stays']

/** What draining a node does to each of its pods, as `kubectl drain --ignore-daemonsets --delete-emptydir-data --force` does. `heldClaims`: a pod's claims whose data is there only. Pure. */
export function computeDrainPlan(node: string, pods: readonly Pod[], nodes: readonly Node[], heldClaims: (pod: Pod) => string[] = () => []): DrainPlan {
  const fates = pods.map((pod) => fateOf(pod, heldClaims(pod)))
  fates.sort((a, b) => ORDER.indexOf(a.fate) - ORDER.indexOf(b.fate) || a.ref.namespace.localeCompare(b.ref.namespace) || a.ref.name.localeCompare(b.ref.name))
  return { pods: fates, elsewhere: nodes.filter((n) => n.metadata.name !== node && takesPods(n)).map((n) => n.metadata.name).sort() }
}

/** What becomes of one pod. */
export function fateOf(pod: Pod, heldClaims: string[] = []): PodFate {
  const [fate, why] = decide(pod)
  const leaves = fate === 'moves' ? localData(pod) : []
  return { ref: refOf(pod), fate, why, losesData: fate !== 'stays' && (pod.spec.volumes ?? []).some((v) => v.emptyDir !== undefined), ...(leaves.length > 0 ? { leavesData: leaves } : {}), ...(fate === 'moves' && heldClaims.length > 0 ? { heldClaims } : {}) }
}

function decide(pod: Pod): [PodFate['fate'], Explanation] {
  const owner = controllerOf(pod)
  if (pod.metadata.annotations?.[MIRROR] !== undefined) return ['stays', { reason: 'Mirror', message: 'The node itself made it: it is no one else\'s to end.' }]
  if (owner?.kind === 'DaemonSet' && !isPodTerminated(pod)) return ['stays', { reason: 'DaemonSet', message: `DaemonSet "${owner.name}" has one on every node, and would start it here again at once.` }]
  if (isPodTerminated(pod)) return ['ends', { reason: 'Ended', message: 'It has ended already: only its record and its logs go.' }]
  if (owner === undefined) return ['ends', { reason: 'NoOwner', message: 'No app owns it, so nobody starts it again.' }]
  if (owner.kind === 'Job') return ['moves', { reason: 'Job', message: `Job "${owner.name}" starts another one, which begins its work anew.` }]
  return ['moves', { reason: 'Owned', message: `${owner.kind} "${owner.name}" starts another one.` }]
}

/** Ready, and neither cordoned nor tainted against pods. */
function takesPods(node: Node): boolean {
  return isConditionTrue(node.status?.conditions, 'Ready') && node.spec?.unschedulable !== true && !(node.spec?.taints ?? []).some((t) => t.effect !== 'PreferNoSchedule')
}
