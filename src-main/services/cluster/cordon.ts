import { Nodes } from '../../common/kube/kinds.ts'
import type { Client } from '../../engine/client/client.ts'

/** Closes a node to new pods, or opens it. NotFound when it is gone. */
export async function cordon(client: Client, node: string, cordoned: boolean): Promise<void> {
  await client.patch(Nodes, '', node, 'application/merge-patch+json', { spec: { unschedulable: cordoned ? true : null } })
}
