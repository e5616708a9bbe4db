import { timestamp } from '../../../common/clock.ts'
import { findCondition, withCondition } from '../../../common/kube/conditions.ts'
import type { Node, NodeCondition, Taint } from '../../../common/kube/generated/core-v1.ts'
import { SERVER_LOST_TAINT } from '../../../common/kube/node-conditions.ts'
import { NodeTaint } from '../../../common/kube/taints.ts'

/** What is known about a node besides its object. */
export interface Observed {
  /** Its heartbeat is overdue, or it is lost. */
  silent: boolean
  /** Given up: nobody reaches it, and it has been silent for longer than any hiccup. */
  lost: boolean
  /** Some other node is Ready: what leaves this one has somewhere to go. */
  othersReady: boolean
}

/** A node's conditions and taints as they should be. */
export interface NodeVerdict {
  conditions: NodeCondition[]
  taints: Taint[]
}

/** No new pods on a node that runs short of something; what runs there goes on. */
const OF_PRESSURE: Readonly<Record<string, string>> = { MemoryPressure: NodeTaint.memoryPressure, DiskPressure: NodeTaint.diskPressure, PIDPressure: NodeTaint.pidPressure }
const MANAGED: ReadonlySet<string> = new Set([NodeTaint.notReady, NodeTaint.unreachable, SERVER_LOST_TAINT, ...Object.values(OF_PRESSURE)])
const SILENCE = 'The node stopped reporting: its server or the connection to it is down.'

/**
 * A silent node is Ready=Unknown and tainted unreachable, one that says it is not ready is tainted not-ready; a Ready one has neither taint.
 * NoExecute (which evicts) only where another node is Ready: with all of them silent it is the engine that is cut off, and evicted pods
 * would have nowhere to go. Pressure of memory, disk or processes is a taint, too. A lost one is tainted so, too: its pods do not wait for the five minutes that upstream gives an unreachable node.
 */
export function computeVerdict(node: Node, { silent, lost, othersReady }: Observed, now: number): NodeVerdict {
  const before = node.status?.conditions ?? []
  const at = timestamp(now)
  const conditions = silent
    ? withCondition<NodeCondition>(before, {
        ...findCondition(before, 'Ready'), type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message: SILENCE, lastTransitionTime: at,
      })
    : before
  const ready = findCondition(conditions, 'Ready')?.status
  const others = (node.spec?.taints ?? []).filter((t) => !MANAGED.has(t.key))
  const pressing = Object.entries(OF_PRESSURE).filter(([type]) => findCondition(conditions, type)?.status === 'True').map(([, key]) => [key, 'NoSchedule'] as const)
  const key = ready === 'Unknown' ? NodeTaint.unreachable : NodeTaint.notReady
  const wanted: readonly (readonly [key: string, effect: string])[] = ready === 'True' || ready === undefined ? pressing : [
    ...pressing, [key, 'NoSchedule'], ...(othersReady ? [[key, 'NoExecute']] as const : []), ...(lost && othersReady ? [[SERVER_LOST_TAINT, 'NoExecute']] as const : []),
  ]
  const old = node.spec?.taints ?? []
  const taints = wanted.map(([key, effect]) => old.find((t) => t.key === key && t.effect === effect) ?? { key, effect, timeAdded: at })
  return { conditions: [...conditions], taints: [...others, ...taints] }
}
