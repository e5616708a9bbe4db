import type { Node, Pod } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'
import { nodesToFind, visitor } from './sampling.ts'
import type { Snapshot, Workbench } from './snapshot.ts'

/** What may make a pod fit that did not. */
export type ClusterEvent = 'node' | 'pod-placed' | 'pod-gone' | 'volume'

/** Says which nodes a pod cannot run on, and why. */
export interface FilterPlugin<State = unknown> {
  readonly name: string
  /** After which events a pod that this plugin turned away is worth another try. */
  readonly wokenBy: readonly ClusterEvent[]
  /** May its no to a node become a yes when pods leave that node? */
  readonly yieldsToPreemption?: boolean
  /** Worked out once a pod, handed to every `filter`. Undefined: nothing to check for this pod. */
  prepare(pod: PodInfo, snapshot: Snapshot): State | undefined
  /** The reasons against this node, in words that follow a count of nodes; empty when it fits. */
  filter(pod: PodInfo, node: NodeInfo, state: State): readonly string[]
}

/** Says which of the nodes that fit are better. */
export interface ScorePlugin<State = unknown> {
  readonly name: string
  readonly weight: number
  /** Undefined: no opinion on this pod. `nodes` are those that fit. */
  prepare(pod: PodInfo, nodes: readonly NodeInfo[], snapshot: Snapshot): State | undefined
  /** Any number; `normalize` brings it to 0..100. */
  score(pod: PodInfo, node: NodeInfo, state: State): number
  /** To 0..100, 100 the best. Absent: the scores are so already. */
  normalize?(scores: readonly number[]): number[]
}

/** Something that must be done for a pod on its chosen node before it is bound there (upstream: Reserve and PreBind). */
export interface BindingStep {
  /** Takes what the pod needs, in the same turn as the choice, so that no other pod is promised it. Undefined: nothing to do. */
  reserve(pod: Frozen<Pod>, node: Frozen<Node>): Reservation | undefined
}

/** What was taken for a pod on its way to a node. */
export interface Reservation {
  /** Does it, and waits until it is done. Rejects where the pod must be scheduled anew. */
  before(signal: AbortSignal): Promise<void>
  /** The pod goes elsewhere: gives back what was taken. */
  undo(): void
}

/** What decides. */
export interface Plugins {
  readonly filters: readonly FilterPlugin[]
  readonly scores: readonly ScorePlugin[]
}

/** Why a node is none for a pod. */
export interface No {
  /** The filter that says so. */
  readonly plugin: string
  readonly reasons: readonly string[]
  /** Might it help to take pods away from the node? */
  readonly yieldsToPreemption: boolean
}

/** Where a pod goes, or why nowhere. */
export type Verdict =
  | { readonly node: string; /** How many nodes were looked at. */ readonly visited: number }
  | { readonly node: undefined; readonly noes: ReadonlyMap<string, No> }

/** A plugin's state as an opaque value: each plugin gets back only what it made. */
interface Prepared<P> {
  readonly plugin: P
  readonly state: unknown
}

/**
 * Finds the best node: every filter must agree, the highest sum of weighted scores wins, `random` (0 to 1) breaks ties. A node's reasons
 * are those of the first filter that turns it away. In a big cluster it is the best of enough nodes that fit, looked for from `start` on; that no
 * node fits is said only when all were asked. Where the pod is nominated to a node, that one is taken if it fits.
 */
export function schedule(pod: PodInfo, bench: Workbench, plugins: Plugins, random: () => number, start = 0, nominatedTo?: string): Verdict {
  const check = checker(pod, bench, plugins.filters)
  const own = nominatedTo === undefined ? undefined : bench.node(nominatedTo)
  if (own !== undefined && check(own) === undefined) return { node: own.name, visited: 0 }
  const { nodes } = bench
  const enough = nodesToFind(nodes.length, hasPreferences(pod))
  const at = visitor(nodes.length, enough < nodes.length ? start : undefined)
  const fitting: NodeInfo[] = []
  const noes = new Map<string, No>()
  let visited = 0
  while (visited < nodes.length && fitting.length < enough) {
    const node = nodes[at(visited++)] as NodeInfo
    const no = check(node)
    if (no === undefined) fitting.push(node)
    else noes.set(node.name, no)
  }
  if (fitting.length === 0) return { node: undefined, noes }
  return { node: best(fitting, fitting.length === 1 ? [0] : totals(pod, fitting, bench, plugins.scores), random), visited }
}

/** Why each node is none for the pod; undefined for one that is. */
export function checkAll(pod: PodInfo, bench: Workbench, filters: readonly FilterPlugin[]): Map<string, No | undefined> {
  const check = checker(pod, bench, filters)
  return new Map(bench.nodes.map((node) => [node.name, check(node)]))
}

/** The weighted sum of each node's scores, in their order. `nodes` are those that fit. */
export function totals(pod: PodInfo, nodes: readonly NodeInfo[], snapshot: Snapshot, plugins: readonly ScorePlugin[]): number[] {
  const sums = nodes.map(() => 0)
  for (const plugin of plugins) {
    const state = plugin.prepare(pod, nodes, snapshot)
    if (state === undefined) continue
    const raw = nodes.map((node) => plugin.score(pod, node, state))
    const scores = plugin.normalize?.(raw) ?? raw
    for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + plugin.weight * (scores[i] ?? 0)
  }
  return sums
}

/** Asks all filters of one node after another. Room that is kept for pods of the same or a higher priority is no room. */
export function checker(pod: PodInfo, bench: Workbench, filters: readonly FilterPlugin[]): (node: NodeInfo) => No | undefined {
  const prepared = prepare(pod, bench, filters)
  return (node) => {
    const kept = bench.nominated(node.name).filter((other) => other.priority >= pod.priority && other.pod.metadata.uid !== pod.pod.metadata.uid)
    return (kept.length > 0 ? beside(kept, pod, node, bench, filters) : undefined) ?? firstNo(pod, node, prepared)
  }
}

/** The verdict with the nominated pods there; without them is asked too, since some pods fit only where others are not there yet. */
function beside(kept: readonly PodInfo[], pod: PodInfo, node: NodeInfo, bench: Workbench, filters: readonly FilterPlugin[]): No | undefined {
  for (const other of kept) bench.assume(other, node.name)
  const no = firstNo(pod, node, prepare(pod, bench, filters))
  for (const other of kept) bench.removePod(other.pod.metadata.uid)
  return no
}

function prepare(pod: PodInfo, snapshot: Snapshot, filters: readonly FilterPlugin[]): Prepared<FilterPlugin>[] {
  const prepared: Prepared<FilterPlugin>[] = []
  for (const plugin of filters) {
    const state = plugin.prepare(pod, snapshot)
    if (state !== undefined) prepared.push({ plugin, state })
  }
  return prepared
}

function firstNo(pod: PodInfo, node: NodeInfo, filters: readonly Prepared<FilterPlugin>[]): No | undefined {
  for (const { plugin, state } of filters) {
    const reasons = plugin.filter(pod, node, state)
    if (reasons.length > 0) return { plugin: plugin.name, reasons, yieldsToPreemption: plugin.yieldsToPreemption === true }
  }
  return undefined
}

function best(nodes: readonly NodeInfo[], scores: readonly number[], random: () => number): string {
  let top = -Infinity
  for (const score of scores) if (score > top) top = score
  const equals = nodes.filter((_, i) => scores[i] === top)
  return equals[equals.length === 1 ? 0 : Math.floor(random() * equals.length)]?.name ?? ''
}

/** Does the pod say that it would rather be on one node than on another? */
function hasPreferences({ pod: { spec }, affinity }: PodInfo): boolean {
  return (affinity?.preferred.length ?? 0) > 0 || (spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution?.length ?? 0) > 0
    || (spec.topologySpreadConstraints?.some((c) => c.whenUnsatisfiable === 'ScheduleAnyway') ?? false)
}

/** Scores so that the highest becomes 100 (`reverse`: 0) and 0 becomes 0 (`reverse`: 100); whole numbers, as upstream's. */
export function normalizeByHighest(scores: readonly number[], reverse = false): number[] {
  let highest = 0
  for (const score of scores) if (score > highest) highest = score
  if (highest === 0) return scores.map(() => (reverse ? 100 : 0))
  return scores.map((s) => (reverse ? 100 - Math.floor((s * 100) / highest) : Math.floor((s * 100) / highest)))
}
