import type { Node } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { isSilent } from '../../common/kube/node-conditions.ts'

/** Names of nodes that do not answer at the moment, unless none does: then it is the engine that is cut off, and says nothing. */
export function silentNodes(nodes: readonly Frozen<Node>[]): Set<string> {
  const silent = nodes.filter(isSilent).map((node) => node.metadata.name)
  return new Set(silent.length < nodes.length ? silent : [])
}
