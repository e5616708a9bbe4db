import type { Node } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { isSilent, isUnseen } from '../../common/kube/node-conditions.ts'

/** Names of nodes that do not answer at the moment, unless none does: then it is the engine that is cut off, and says nothing. */
export function silentNodes(nodes: readonly Frozen<Node>[]): Set<string> {
  const silent = nodes.filter(isSilent).map((node) => node.metadata.name)
  return new Set(silent.length < nodes.length ? silent : [])
}

/**
 * Names of nodes whose pods the node `self` sends nothing to while there are others: those that do not answer the engine, but not itself (what it is told
 * then comes late, if at all), and those that answer again but were not looked at yet, itself included: its pods may have ended with it.
 */
export function avoidedNodes(nodes: readonly Frozen<Node>[], self: string): Set<string> {
  const avoided = silentNodes(nodes)
  avoided.delete(self)
  for (const node of nodes) if (isUnseen(node)) avoided.add(node.metadata.name)
  return avoided
}
