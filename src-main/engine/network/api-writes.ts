import { timestamp } from '../../common/clock.ts'
import type { Clock } from '../../common/clock.ts'
import { DRAINED_CONDITION } from '../../common/docker-labels.ts'
import { hasReason } from '../../common/errors.ts'
import type { NodeCondition, Pod } from '../../common/kube/generated/core-v1.ts'
import { Nodes, Pods } from '../../common/kube/kinds.ts'
import type { Frozen, KubeObject } from '../../common/kube/object.ts'
import type { Resource } from '../../common/kube/resource.ts'
import type { Client } from '../client/client.ts'

// What the network writes to the API. Each rejects with the API's error; whoever calls tries again.

/** Sets annotations of an object. */
export async function annotate<T extends KubeObject>(client: Client, resource: Resource<T>, { namespace, name }: { namespace: string; name: string }, annotations: Record<string, string>): Promise<void> {
  await client.patch(resource, namespace, name, 'application/merge-patch+json', { metadata: { annotations } })
}

/** Sets one condition of a node. */
export async function writeCondition(client: Client, node: string, condition: NodeCondition): Promise<void> {
  await client.patch(Nodes, '', node, 'application/strategic-merge-patch+json', { status: { conditions: [condition] } }, 'status')
}

/** Says of an ending pod that it is out of the rules everywhere; one that is gone, or another one by now, is fine. */
export async function markDrained({ client, clock }: { client: Client; clock: Clock }, pod: Frozen<Pod>): Promise<void> {
  const { namespace = '', name, uid } = pod.metadata
  const condition = { type: DRAINED_CONDITION, status: 'True', reason: 'OutOfServiceRules', lastTransitionTime: timestamp(clock.now()) }
  try {
    // With the UID, a newer pod of the same name is a Conflict.
    await client.patch(Pods, namespace, name, 'application/strategic-merge-patch+json', { metadata: { uid }, status: { conditions: [condition] } }, 'status')
  } catch (error) {
    if (!hasReason(error, 'NotFound', 'Conflict', 'Invalid')) throw error
  }
}
