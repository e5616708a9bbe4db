import type { NodeSummary, ServerSummary } from '../../src-main/common/contract/index.ts'
import { ZONE_LABEL } from '../../src-main/common/kube/server.ts'

/** A node and the server it runs on; a server that is no node yet, or a node whose server is not known, has one of them. */
export interface NodeRow {
  name: string
  node?: NodeSummary
  server?: ServerSummary
}

/** Nodes and servers by their common name, in the order of names. */
export function nodeRows(nodes: readonly NodeSummary[], servers: readonly ServerSummary[]): NodeRow[] {
  const rows = new Map<string, NodeRow>()
  for (const node of nodes) rows.set(node.ref.name, { name: node.ref.name, node })
  for (const server of servers) rows.set(server.name, { ...rows.get(server.name), name: server.name, server })
  return [...rows.values()].sort((a, b) => a.name.localeCompare(b.name))
}

/** The failure zone a node is in, or ''. */
export function zoneOf(labels: Record<string, string>): string {
  return labels[ZONE_LABEL] ?? ''
}
