import type { DaemonSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Node, Pod } from '../../../common/kube/generated/core-v1.ts'
import { isPodReady, isPodTerminated, msUntilAvailable } from '../../../common/kube/pods.ts'
import { scaledValue } from '../../../common/kube/int-or-percent.ts'
import { podRevision } from '../history/history.ts'
import { nodeFit } from '../../../common/kube/daemon-fit.ts'

/** What a DaemonSet has, as its controller sees it. */
export interface Daemons {
  set: DaemonSet
  /** Of the newest revision. */
  hash: string
  nodes: readonly Node[]
  /** Its pods, by the node they are on or made for. */
  byNode: ReadonlyMap<string, readonly Pod[]>
  now: number
}

/** What is to be done: nodes that get a daemon, and pods that go. `ended`: those that go because they ended, which no daemon should. */
export interface DaemonPlan {
  create: string[]
  remove: Pod[]
  ended: Pod[]
}

/** Daemons by node. One that has ended and is being deleted is nobody's matter any more. */
export function daemonsByNode(pods: readonly Pod[], nodeOf: (pod: Pod) => string | undefined): Map<string, Pod[]> {
  const byNode = new Map<string, Pod[]>()
  for (const pod of pods) {
    const node = nodeOf(pod)
    if (node === undefined || (isPodTerminated(pod) && pod.metadata.deletionTimestamp !== undefined)) continue
    byNode.set(node, [...(byNode.get(node) ?? []), pod])
  }
  return byNode
}

/** Is the pod Ready for long enough? */
export function isAvailable(pod: Pod, { set, now }: Daemons): boolean {
  return (msUntilAvailable(pod, set.spec.minReadySeconds ?? 0, now) ?? 1) <= 0
}

/** Oldest first. */
export function byAge(pods: readonly Pod[]): Pod[] {
  return [...pods].sort((a, b) => Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) || (a.metadata.name < b.metadata.name ? -1 : 1))
}

/** One daemon on each node that should have one, none elsewhere, whatever revision they are of. Pure. */
export function planNodes(daemons: Daemons): DaemonPlan {
  const plan: DaemonPlan = { create: [], remove: [], ended: [] }
  const known = new Set(daemons.nodes.map((n) => n.metadata.name))
  for (const node of daemons.nodes) {
    const pods = daemons.byNode.get(node.metadata.name) ?? []
    const { run, keep } = nodeFit(daemons.set, node)
    if (run && pods.length === 0) plan.create.push(node.metadata.name)
    else if (!keep) plan.remove.push(...pods.filter(isStaying))
    else {
      plan.ended.push(...pods.filter((pod) => isPodTerminated(pod) && isStaying(pod)))
      plan.remove.push(...superfluous(pods.filter((pod) => !isPodTerminated(pod) && isStaying(pod)), daemons))
    }
  }
  // Made for a node that went before they came there: nobody else would end them.
  for (const [node, pods] of daemons.byNode) if (!known.has(node)) plan.remove.push(...pods.filter((pod) => !pod.spec.nodeName && isStaying(pod)))
  return plan
}

/** The next step of a rolling update. Pure. */
export function planRollout(daemons: Daemons): DaemonPlan {
  const { set, nodes } = daemons
  const { maxSurge, maxUnavailable } = set.spec.updateStrategy?.rollingUpdate ?? {}
  const desired = nodes.filter((n) => nodeFit(set, n).run).length
  const surge = scaledValue(maxSurge, desired, 'up')
  return surge > 0 ? planSurge(daemons, surge) : planReplacement(daemons, Math.max(1, scaledValue(maxUnavailable ?? 1, desired, 'up')))
}

/** May two revisions be on a node for a while? */
function allowsSurge({ spec }: DaemonSet): boolean {
  if (spec.updateStrategy?.type !== 'RollingUpdate') return false
  return scaledValue(spec.updateStrategy.rollingUpdate?.maxSurge, 100, 'up') > 0
}

function isStaying(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined
}

/** All but the oldest; while a new one may be beside an old one, all but the oldest of each, and the old one only until the new one serves. */
function superfluous(pods: readonly Pod[], daemons: Daemons): Pod[] {
  if (pods.length <= 1) return []
  const sorted = byAge(pods)
  if (!allowsSurge(daemons.set)) return sorted.slice(1)
  const [newest, old] = [sorted.find((p) => podRevision(p) === daemons.hash), sorted.find((p) => podRevision(p) !== daemons.hash)]
  const extra = sorted.filter((p) => p !== newest && p !== old)
  if (newest !== undefined && old !== undefined && (!isPodReady(old) || isAvailable(newest, daemons))) extra.push(old)
  return extra
}

/** A node's daemon of the newest revision and one of an older; undefined where there are two of either. */
function pairOn(pods: readonly Pod[], hash: string): { fresh: Pod | undefined; old: Pod | undefined } | undefined {
  const staying = pods.filter(isStaying)
  const fresh = staying.filter((p) => podRevision(p) === hash)
  const old = staying.filter((p) => podRevision(p) !== hash)
  return fresh.length > 1 || old.length > 1 ? undefined : { fresh: fresh[0], old: old[0] }
}

function planReplacement(daemons: Daemons, maxUnavailable: number): DaemonPlan {
  const [broken, candidates]: [Pod[], Pod[]] = [[], []]
  let unavailable = 0
  for (const pods of daemons.byNode.values()) {
    const pair = pairOn(pods, daemons.hash)
    if (pair === undefined || (pair.fresh === undefined) === (pair.old === undefined)) unavailable++
    else if (pair.fresh !== undefined) unavailable += isAvailable(pair.fresh, daemons) ? 0 : 1
    else if (pair.old !== undefined && isAvailable(pair.old, daemons)) candidates.push(pair.old)
    // What does not serve anyway may go at once, whatever the limit; nobody else goes for it.
    else if (pair.old !== undefined) broken.push(pair.old)
  }
  return { create: [], remove: [...broken, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailable - broken.length))], ended: [] }
}

function planSurge(daemons: Daemons, maxSurge: number): DaemonPlan {
  const [broken, candidates, remove]: [string[], string[], Pod[]] = [[], [], []]
  const runs = new Set(daemons.nodes.filter((n) => nodeFit(daemons.set, n).run).map((n) => n.metadata.name))
  let surged = 0
  for (const [node, pods] of daemons.byNode) {
    const pair = pairOn(pods, daemons.hash)
    if (pair === undefined) surged++
    else if (pair.old === undefined) continue
    else if (pair.fresh === undefined) {
      if (runs.has(node)) (isAvailable(pair.old, daemons) ? candidates : broken).push(node)
    } else if (isAvailable(pair.fresh, daemons)) remove.push(pair.old)
    else surged++
  }
  return { create: [...broken, ...candidates.slice(0, Math.max(0, maxSurge - surged))], remove, ended: [] }
}
