import type { Node, Pod } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'

/** What may make a pod fit that did not. */
export type ClusterEvent = 'node' | 'pod-placed' | 'pod-gone' | 'volume'

/** Says which nodes a pod cannot run on, and why. */
export interface FilterPlugin<State = unknown> {
  readonly name: string
  /** After which events a pod that this plugin turned away is worth another try. */
  readonly wokenBy: readonly ClusterEvent[]
  /** Worked out once a pod, handed to every `filter`. Undefined: nothing to check for this pod. */
  prepare(pod: PodInfo, nodes: readonly NodeInfo[]): State | undefined
  /** The reasons against this node, in words that follow a count of nodes; empty when it fits. */
  filter(pod: PodInfo, node: NodeInfo, state: State): readonly string[]
}

/** Says which of the nodes that fit are better. */
export interface ScorePlugin<State = unknown> {
  readonly name: string
  readonly weight: number
  /** Undefined: no opinion on this pod. `nodes` fit, `all` is every node. */
  prepare(pod: PodInfo, nodes: readonly NodeInfo[], all: readonly NodeInfo[]): State | undefined
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

/** Where a pod goes, or why nowhere. */
export type Verdict =
  | { readonly node: string }
  | {
      readonly node: undefined
      /** Each node's reasons. */
      readonly reasons: ReadonlyMap<string, readonly string[]>
      /** The plugins that said no. */
      readonly blockers: ReadonlySet<string>
    }

/** A plugin's state as an opaque value: each plugin gets back only what it made. */
type Prepared<P> = { plugin: P; state: unknown }

/**
 * Finds the best node: every filter must agree, the highest sum of weighted scores wins, `random` (0 to 1) breaks ties. A node's reasons
 * are those of the first filter that turns it away.
 */
export function schedule(
  pod: PodInfo, nodes: readonly NodeInfo[], plugins: { filters: readonly FilterPlugin[]; scores: readonly ScorePlugin[] }, random: () => number,
): Verdict {
  const filters: Prepared<FilterPlugin>[] = []
  for (const plugin of plugins.filters) {
    const state = plugin.prepare(pod, nodes)
    if (state !== undefined) filters.push({ plugin, state })
  }
  const fitting: NodeInfo[] = []
  const reasons = new Map<string, readonly string[]>()
  const blockers = new Set<string>()
  for (const node of nodes) {
    const no = firstNo(pod, node, filters)
    if (no === undefined) {
      fitting.push(node)
      continue
    }
    reasons.set(node.name, no.reasons)
    blockers.add(no.plugin)
  }
  if (fitting.length === 0) return { node: undefined, reasons, blockers }
  return { node: best(fitting, fitting.length === 1 ? [0] : totals(pod, fitting, nodes, plugins.scores), random) }
}

function firstNo(pod: PodInfo, node: NodeInfo, filters: readonly Prepared<FilterPlugin>[]): { plugin: string; reasons: readonly string[] } | undefined {
  for (const { plugin, state } of filters) {
    const reasons = plugin.filter(pod, node, state)
    if (reasons.length > 0) return { plugin: plugin.name, reasons }
  }
  return undefined
}

function totals(pod: PodInfo, fitting: readonly NodeInfo[], all: readonly NodeInfo[], plugins: readonly ScorePlugin[]): number[] {
  const sums = fitting.map(() => 0)
  for (const plugin of plugins) {
    const state = plugin.prepare(pod, fitting, all)
    if (state === undefined) continue
    const raw = fitting.map((node) => plugin.score(pod, node, state))
    const scores = plugin.normalize?.(raw) ?? raw
    for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + plugin.weight * (scores[i] ?? 0)
  }
  return sums
}

function best(nodes: readonly NodeInfo[], scores: readonly number[], random: () => number): string {
  const top = Math.max(...scores)
  const equals = nodes.filter((_, i) => scores[i] === top)
  return equals[equals.length === 1 ? 0 : Math.floor(random() * equals.length)]?.name ?? ''
}

/** Scores so that the highest becomes 100 (`reverse`: 0) and 0 becomes 0 (`reverse`: 100). */
export function normalizeByHighest(scores: readonly number[], reverse = false): number[] {
  const highest = Math.max(0, ...scores)
  if (highest === 0) return scores.map(() => (reverse ? 100 : 0))
  return scores.map((s) => (reverse ? 100 - (s * 100) / highest : (s * 100) / highest))
}
