import type { ObjectRef } from '../../common/contract/index.ts'
import type { DockerNode, DockerService } from '../setup/docker-shapes.ts'
import { namespaceOf } from '../views/refs.ts'

/** A service by its whole name; its stack is its namespace. */
export function serviceRef({ Spec }: DockerService): ObjectRef {
  return { apiVersion: 'swarm', kind: 'Service', namespace: namespaceOf(Spec?.Labels), name: Spec?.Name ?? '' }
}

/** A node by its host name; with a piece of the ID where several have the same. */
export function nodeRef(id: string, nodes: readonly DockerNode[]): ObjectRef {
  const hostname = nodes.find(({ ID }) => ID === id)?.Description.Hostname ?? ''
  const twins = nodes.filter(({ Description }) => Description.Hostname === hostname).length > 1
  return { apiVersion: 'swarm', kind: 'Node', namespace: '', name: hostname === '' || twins ? `${hostname === '' ? 'node' : hostname}.${id.slice(0, 8)}` : hostname }
}

/** A server that is perhaps no node. */
export function serverRef(name: string): ObjectRef {
  return { apiVersion: 'swarm', kind: 'Node', namespace: '', name }
}

export function networkRef(name: string): ObjectRef {
  return { apiVersion: 'swarm', kind: 'Network', namespace: '', name }
}
