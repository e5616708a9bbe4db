import { isConditionTrue } from '../../common/kube/conditions.ts'
import type { Node, Pod } from '../../common/kube/generated/core-v1.ts'
import { matchesSelector } from '../../common/kube/labels.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { controllerOf } from '../../common/kube/owners.ts'
import { amounts, podRequests, UNSTATED } from '../../common/kube/pod-requests.ts'
import { HOSTNAME } from '../../common/kube/well-known.ts'
import type { Board, Placed } from './board.ts'

/** What is wrong with how pods are placed, the gravest first; or how that changes. A move must make the first that changes smaller, so no sequence of moves comes back to where it was. */
export interface Cost {
  /** Pods whose own rules speak against their node. */
  readonly violations: number
  /** Of each app, and of each group that would rather be spread: the sum of the squares of how many are together. */
  readonly crowding: number
  /** The sum of the squares of how full each node is (0 to 1). */
  readonly unevenness: number
}

/** Below this, two sums of shares are the same. */
const EPSILON = 1e-9

/** Weighs the board as it is. */
export function costOf(board: Board): Cost {
  const crowding = groupsOf(board).reduce((sum, { counts }) => sum + [...counts.values()].reduce((squares, n) => squares + n * n, 0), 0)
  const unevenness = [...sharesOf(board).values()].reduce((sum, share) => sum + share * share, 0)
  return { violations: board.pods.filter(({ pod }) => board.objections(pod.metadata.uid).length > 0).length, crowding, unevenness }
}

/** Which of the three a change makes better, with none before it worse; undefined: nothing. */
export function improvement({ violations, crowding, unevenness }: Cost): keyof Cost | undefined {
  if (violations !== 0) return violations < 0 ? 'violations' : undefined
  if (crowding !== 0) return crowding < 0 ? 'crowding' : undefined
  return unevenness < -EPSILON ? 'unevenness' : undefined
}

/** What is counted of a board once, for many questions about it as it is. */
export interface Weights {
  readonly groups: readonly Group[]
  readonly shares: ReadonlyMap<string, number>
}

/** Counts. */
export function weigh(board: Board): Weights {
  return { groups: groupsOf(board), shares: sharesOf(board) }
}

/** How the cost changes when the pod moves: what `costOf` says afterwards, less what it says now, without a look at what stays as it is. */
export function changeOf(board: Board, { groups, shares }: Weights, { pod, node }: Placed, to: string): Cost {
  const { uid } = pod.metadata
  const concerned = board.pods.filter((p) => p.pod.metadata.uid === uid || concerns(p.pod, pod) || concerns(pod, p.pod)).map((p) => p.pod.metadata.uid)
  const violations = (): number => concerned.filter((one) => board.objections(one).length > 0).length
  const before = violations()
  board.move(uid, to)
  const after = violations()
  board.move(uid, node)
  let crowding = 0
  for (const { counts, pods, domainOf } of groups) {
    const [from, into] = [domainOf(node), domainOf(to)]
    if (!pods.has(uid) || from === into) continue
    if (from !== undefined) crowding -= 2 * (counts.get(from) ?? 0) - 1
    if (into !== undefined) crowding += 2 * (counts.get(into) ?? 0) + 1
  }
  const unevenness = square(shares.get(node), -shareOn(board, pod, node)) + square(shares.get(to), shareOn(board, pod, to))
  return { violations: after - before, crowding, unevenness }
}

/** How much of a node a pod takes: 0 to 1. */
export function shareOn(board: Board, pod: Frozen<Pod>, name: string): number {
  const node = board.nodes.find((n) => n.metadata.name === name)
  const has = node === undefined ? { cpu: 0, memory: 0 } : capacityOf(node)
  return has.cpu > 0 && has.memory > 0 ? shareOf(pod, has) : 0
}

/** By how much the square of a share changes; a node without one has no say. */
function square(share: number | undefined, change: number): number {
  return share === undefined ? 0 : (share + change) ** 2 - share ** 2
}

/** May what a pod's rules say change when the other moves? Namespaces are not looked at: asking once too often does no harm. */
function concerns({ spec }: Frozen<Pod>, other: Frozen<Pod>): boolean {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {}
  const terms = [...(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []), ...(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []), ...(spec.topologySpreadConstraints ?? [])]
  return terms.some(({ labelSelector }) => matchesSelector(other.metadata.labels, labelSelector))
}

/** Pods that should not be together, and how many there are in each domain. */
export interface Group {
  readonly counts: ReadonlyMap<string, number>
  readonly pods: ReadonlySet<string>
  /** The domain that a node is in. */
  domainOf(node: string): string | undefined
}

/** The pods of one owner by node, and those that share a spread constraint which is only preferred, by its domains. */
export function groupsOf({ pods, nodes }: Board): Group[] {
  const groups = new Map<string, { counts: Map<string, number>; pods: Set<string>; domainOf: (node: string) => string | undefined }>()
  const labels = new Map(nodes.map((n) => [n.metadata.name, n.metadata.labels]))
  const add = (key: string, uid: string, node: string, domainOf: (node: string) => string | undefined): void => {
    const domain = domainOf(node)
    const group = groups.get(key) ?? { counts: new Map<string, number>(), pods: new Set<string>(), domainOf }
    groups.set(key, group)
    group.pods.add(uid)
    if (domain !== undefined) group.counts.set(domain, (group.counts.get(domain) ?? 0) + 1)
  }
  for (const { pod, node } of pods) {
    const { uid, namespace = '' } = pod.metadata
    const owner = controllerOf(pod)
    if (owner !== undefined && owner.kind !== 'DaemonSet') add(owner.uid, uid, node, (name) => name)
    for (const { topologyKey, labelSelector, whenUnsatisfiable } of pod.spec.topologySpreadConstraints ?? []) {
      if (whenUnsatisfiable !== 'ScheduleAnyway' || topologyKey === HOSTNAME || !matchesSelector(pod.metadata.labels, labelSelector)) continue
      add(JSON.stringify([namespace, topologyKey, labelSelector]), uid, node, (name) => labels.get(name)?.[topologyKey])
    }
  }
  return [...groups.values()]
}

/** How full each node is by what its pods ask for, CPU and memory alike: 0 to 1. A node that tells nothing of itself is not in it. */
function sharesOf({ pods, nodes }: Board): Map<string, number> {
  const shares = new Map<string, number>()
  const capacities = new Map(nodes.map((node) => [node.metadata.name, capacityOf(node)]))
  for (const [name, has] of capacities) if (has.cpu > 0 && has.memory > 0) shares.set(name, 0)
  for (const { pod, node } of pods) {
    const has = capacities.get(node)
    const share = shares.get(node)
    if (has !== undefined && share !== undefined) shares.set(node, share + shareOf(pod, has))
  }
  return shares
}

/** Does the node take any pod that comes: Ready, not cordoned, without taints against it? */
export function isOpen(node: Frozen<Node>): boolean {
  return isConditionTrue(node.status?.conditions, 'Ready') && node.spec?.unschedulable !== true && !(node.spec?.taints ?? []).some((t) => t.effect !== 'PreferNoSchedule')
}

function capacityOf(node: Frozen<Node>): { cpu: number; memory: number } {
  const { cpu = 0, memory = 0 } = amounts(node.status?.allocatable ?? node.status?.capacity)
  return { cpu, memory }
}

function shareOf(pod: Frozen<Pod>, has: { cpu: number; memory: number }): number {
  const { cpu = 0, memory = 0 } = podRequests(pod, UNSTATED)
  return (cpu / has.cpu + memory / has.memory) / 2
}
