import type { ObjectRef } from '../../common/contract/index.ts'
import { badRequest } from '../../common/errors.ts'
import { isConditionTrue } from '../../common/kube/conditions.ts'
import { Pods } from '../../common/kube/kinds.ts'
import { ON_SERVER_LOSS, WAITING_FOR_DATA } from '../../common/kube/local-data.ts'
import type { Client } from '../../engine/client/client.ts'

/** Lets go of a pod that waits for the server with its data, by the annotation that `kubectl annotate` would set. Its data stays where it is. */
export async function startWithoutData(client: Client, { kind, namespace, name }: ObjectRef): Promise<void> {
  if (kind !== 'Pod') throw badRequest(`A ${kind} does not wait for data; a pod does.`)
  const { metadata: { uid, resourceVersion }, status } = await client.get(Pods, namespace, name)
  // It might have its data back by now, and would be moved away from it.
  if (!isConditionTrue(status?.conditions, WAITING_FOR_DATA)) throw badRequest(`${name} does not wait for its data any more: the server that has it answers.`)
  await client.patch(Pods, namespace, name, 'application/merge-patch+json', { metadata: { uid, resourceVersion, annotations: { [ON_SERVER_LOSS]: 'start-empty' } } })
}
