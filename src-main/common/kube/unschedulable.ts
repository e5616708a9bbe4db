import type { Pod } from './generated/core-v1.ts'
import { findCondition } from './conditions.ts'

/** The pod annotation that says, per reason, which nodes said no. Written by the scheduler, read by the screens. */
export const UNSCHEDULABLE_ANNOTATION = 'toque.dev/unschedulable'

/** Nodes listed by name for each reason; a bigger cluster's rest is only counted. */
const NAMED_NODES = 50

/** One reason and the nodes that gave it. */
export interface UnschedulableReason {
  /** In words: `Insufficient cpu`. */
  reason: string
  /** How many nodes gave it. */
  count: number
  /** Their names, the first 50. */
  nodes: string[]
}

/** Why a pod has no node. */
export interface Unschedulable {
  /** As kubectl shows it: `0/3 nodes are available: ...`. */
  message: string
  reasons: UnschedulableReason[]
}

/** Groups verdicts (node name to its reasons) by reason, the commonest first. */
export function groupReasons(verdicts: ReadonlyMap<string, readonly string[]>): UnschedulableReason[] {
  const groups = new Map<string, UnschedulableReason>()
  for (const [node, reasons] of verdicts) {
    for (const reason of reasons) {
      const group = groups.get(reason) ?? { reason, count: 0, nodes: [] }
      groups.set(reason, group)
      group.count++
      if (group.nodes.length < NAMED_NODES) group.nodes.push(node)
    }
  }
  return [...groups.values()].sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))
}

/** `0/3 nodes are available: 2 Insufficient cpu, 1 node(s) were unschedulable.` */
export function unschedulableMessage(total: number, reasons: readonly UnschedulableReason[]): string {
  if (total === 0) return '0/0 nodes are available: the cluster has no node yet; add a server.'
  const listed = reasons.map((r) => `${String(r.count)} ${r.reason}`).sort()
  return `0/${String(total)} nodes are available: ${listed.join(', ')}.`
}

/** Why a pod that waits for a node has none; undefined for a pod that has one or that was not tried yet. */
export function unschedulableOf(pod: Pod): Unschedulable | undefined {
  const condition = findCondition(pod.status?.conditions, 'PodScheduled')
  if (pod.spec.nodeName || condition?.status !== 'False') return undefined
  return { message: condition.message ?? '', reasons: parse(pod.metadata.annotations?.[UNSCHEDULABLE_ANNOTATION]) }
}

function parse(text: string | undefined): UnschedulableReason[] {
  if (text === undefined) return []
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? (value as UnschedulableReason[]) : []
  } catch {
    // Anyone may write annotations; what is not ours is no reason.
    return []
  }
}
