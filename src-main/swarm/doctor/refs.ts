import type { ObjectRef } from '../../common/contract/index.ts'
import type { SwarmNode } from '../docker/types.ts'
import { nodeNames, nodeRef as named, SWARM_API } from '../views/refs.ts'

export { serviceRef } from '../views/refs.ts'

/** A node by its ID; one that is not known (any more) by a piece of that. */
export function nodeRef(id: string, nodes: readonly SwarmNode[]): ObjectRef {
  return named(nodeNames(nodes).get(id) ?? `node.${id.slice(0, 8)}`)
}

/** A server that is perhaps no node. */
export function serverRef(name: string): ObjectRef {
  return named(name)
}

export function networkRef(name: string): ObjectRef {
  return { apiVersion: SWARM_API, kind: 'Network', namespace: '', name }
}
