import type { Namespace, Node, Pod } from '../../common/kube/generated/core-v1.ts'
import type { PodDisruptionBudget } from '../../common/kube/generated/policy-v1.ts'
import { withCondition } from '../../common/kube/conditions.ts'
import { localData, waitsForItsServer } from '../../common/kube/local-data.ts'
import { SERVER_LOST_TAINT } from '../../common/kube/node-conditions.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { controllerOf } from '../../common/kube/owners.ts'
import { isPodActive, isPodTerminated, isPodTerminating } from '../../common/kube/pods.ts'
import { groupReasons, unschedulableMessage } from '../../common/kube/unschedulable.ts'
import { seededRandom } from '../../common/seeded-random.ts'
import { SchedulerCache } from './cache.ts'
import { schedule } from './framework.ts'
import type { Plugins } from './framework.ts'
import { defaultPlugins } from './plugins/index.ts'
import { podInfo } from './pod-info.ts'
import { findPreemption, mayPreempt } from './preemption.ts'

/** A cluster at one moment. */
export interface ClusterState {
  readonly nodes: readonly Frozen<Node>[]
  readonly pods: readonly Frozen<Pod>[]
  readonly namespaces: readonly Frozen<Namespace>[]
  readonly budgets?: readonly PodDisruptionBudget[]
}

/** What becomes of a pod. */
export interface Landing {
  readonly pod: Frozen<Pod>
  /** Where it was. */
  readonly from?: string
  /** Where it gets its place. */
  readonly node?: string
  /** `waits`: for the server with its data. `ends`: nobody makes it anew. `gated`: its gates hold it. */
  readonly outcome: 'lands' | 'pending' | 'waits' | 'ends' | 'gated'
  /** Why it gets no place. */
  readonly message?: string
  /** By node. */
  readonly reasons?: ReadonlyMap<string, readonly string[]>
  /** The pod for which it had to go. */
  readonly evictedFor?: Frozen<Pod>
}

export interface Simulation {
  /** In the order in which the scheduler comes to them; pods that had to go are there once more, with where they land then. */
  readonly landings: readonly Landing[]
  /** The cluster afterwards. */
  readonly after: SchedulerCache
}

interface Waiting {
  readonly pod: Frozen<Pod>
  readonly from?: string
  readonly evictedFor?: Frozen<Pod>
}

/**
 * Where the scheduler would put these pods, one after another, what stays pending and why, and which pods would have to go. Nothing but the state
 * that is given is read, and it is not changed. The same seed gives the same places.
 */
export function simulate(state: ClusterState, incoming: readonly Waiting[], { plugins = defaultPlugins, seed = 1 }: { plugins?: Plugins; seed?: number } = {}): Simulation {
  const cache = SchedulerCache.of(state.nodes, state.pods, state.namespaces)
  const random = seededRandom(seed)
  const queue = incoming.map((waiting, serial) => ({ ...waiting, serial }))
  let serial = queue.length
  const landings: Landing[] = []
  for (;;) {
    queue.sort((a, b) => (b.pod.spec.priority ?? 0) - (a.pod.spec.priority ?? 0) || a.serial - b.serial)
    const next = queue.shift()
    if (next === undefined) return { landings, after: cache }
    const { serial: _, ...waiting } = next
    if ((waiting.pod.spec.schedulingGates ?? []).length > 0) {
      landings.push({ ...waiting, outcome: 'gated', message: 'Scheduling is blocked due to non-empty scheduling gates' })
      continue
    }
    const info = podInfo(waiting.pod)
    const verdict = schedule(info, cache, plugins, random)
    if (verdict.node !== undefined) {
      cache.assume(info, verdict.node)
      landings.push({ ...waiting, outcome: 'lands', node: verdict.node })
      continue
    }
    const reasons = new Map([...verdict.noes].map(([node, no]) => [node, no.reasons]))
    const preemption = mayPreempt(info, cache, undefined, verdict.noes) ? findPreemption(info, cache, plugins.filters, verdict.noes, state.budgets ?? []).found : undefined
    if (preemption === undefined) {
      landings.push({ ...waiting, outcome: 'pending', message: unschedulableMessage(cache.nodes.length, groupReasons(reasons)), reasons })
      continue
    }
    for (const { pod: victim } of preemption.victims) {
      cache.removePod(victim.metadata.uid)
      if (isPodTerminating(victim)) continue
      const displaced = { pod: anew(victim), from: preemption.node, evictedFor: waiting.pod }
      if (isMadeAnew(victim)) queue.push({ ...displaced, serial: serial++ })
      else landings.push({ ...displaced, outcome: 'ends' })
    }
    cache.assume(info, preemption.node)
    landings.push({ ...waiting, outcome: 'lands', node: preemption.node })
  }
}

/**
 * What happens when servers are lost for good: what moves where, what has no place, what waits for its data, and what nobody makes anew. `heldClaims`: a
 * pod's claims whose data is on its server only, which its app waits for.
 */
export function rehearseLoss(
  state: ClusterState, lost: readonly string[], { heldClaims = () => [], ...options }: { plugins?: Plugins; seed?: number; heldClaims?: (pod: Frozen<Pod>) => readonly string[] } = {},
): Simulation {
  const gone = new Set(lost)
  const on = state.pods.filter((p) => gone.has(p.spec.nodeName ?? '') && isPodActive(p))
  const waits = on.filter((p) => waitsForItsServer(p) || heldClaims(p).length > 0)
  const kept = new Set<Frozen<Pod>>(waits)
  const others = on.filter((p) => !kept.has(p) && controllerOf(p)?.kind !== 'DaemonSet')
  const after: ClusterState = {
    ...state, nodes: state.nodes.map((n) => (gone.has(n.metadata.name) ? silent(n) : n)),
    // What waits for its server stays bound to it, so that its app's other pods know where the data is.
    pods: state.pods.filter((p) => !gone.has(p.spec.nodeName ?? '') || kept.has(p) || isPodTerminated(p)),
  }
  const from = (p: Frozen<Pod>): { from: string } => ({ from: p.spec.nodeName ?? '' })
  // Pods that wait for a place already are in the same queue, before those that lost theirs.
  const pending = state.pods.filter((p) => !p.spec.nodeName && isPodActive(p)).map((pod) => ({ pod }))
  const moved = others.filter(isMadeAnew).map((p) => ({ pod: anew(p), ...from(p) }))
  const { landings, after: cache } = simulate(after, [...pending, ...moved], options)
  const waiting = waits.map((pod): Landing => ({ pod, ...from(pod), outcome: 'waits', message: `Its data (${[...localData(pod), ...heldClaims(pod).map((name) => `claim "${name}"`)].join(', ')}) is on server ${pod.spec.nodeName ?? ''}: it waits for that server.` }))
  const ended = others.filter((p) => !isMadeAnew(p)).map((pod): Landing => ({ pod, ...from(pod), outcome: 'ends', message: 'No app owns it, so nobody starts it again.' }))
  return { landings: [...landings, ...waiting, ...ended], after: cache }
}

/** The pod that its owner makes in place of this one. */
export function anew(pod: Frozen<Pod>): Frozen<Pod> {
  const { deletionTimestamp: _deleted, ...metadata } = pod.metadata
  return { ...unplaced(pod), metadata: { ...metadata, uid: `${metadata.uid}+` }, status: { phase: 'Pending' } }
}

/** The pod as if it had no node yet. */
export function unplaced(pod: Frozen<Pod>): Frozen<Pod> {
  const { nodeName: _node, ...spec } = pod.spec
  return { ...pod, spec }
}

function isMadeAnew(pod: Frozen<Pod>): boolean {
  return controllerOf(pod) !== undefined
}

function silent(node: Frozen<Node>): Frozen<Node> {
  return {
    ...node, spec: { ...node.spec, taints: [...(node.spec?.taints ?? []), { key: SERVER_LOST_TAINT, effect: 'NoExecute' }, { key: SERVER_LOST_TAINT, effect: 'NoSchedule' }] },
    status: { ...node.status, conditions: withCondition(node.status?.conditions, { type: 'Ready', status: 'Unknown', reason: 'ServerLost' }) },
  }
}
