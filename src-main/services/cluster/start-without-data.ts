import type { ObjectRef } from '../../common/contract/index.ts'
import { badRequest } from '../../common/errors.ts'
import { isOnlyOn, START_EMPTY } from '../../common/kube/claim-data.ts'
import { isConditionTrue } from '../../common/kube/conditions.ts'
import { Nodes, PersistentVolumeClaims, PersistentVolumes, Pods } from '../../common/kube/kinds.ts'
import { ON_SERVER_LOSS, WAITING_FOR_DATA } from '../../common/kube/local-data.ts'
import { claimNames } from '../../common/kube/volumes.ts'
import type { Client } from '../../engine/client/client.ts'

/** Lets go of a pod that waits for the server with its data, by the annotation that `kubectl annotate` would set. Its claims get empty volumes elsewhere. Its data stays where it is. */
export async function startWithoutData(client: Client, { kind, namespace, name }: ObjectRef): Promise<void> {
  if (kind !== 'Pod') throw badRequest(`A ${kind} does not wait for data; a pod does.`)
  const pod = await client.get(Pods, namespace, name)
  const { metadata: { uid, resourceVersion }, status } = pod
  // It might have its data back by now, and would be moved away from it.
  if (!isConditionTrue(status?.conditions, WAITING_FOR_DATA)) throw badRequest(`${name} does not wait for its data any more: the server that has it answers.`)
  await client.patch(Pods, namespace, name, 'application/merge-patch+json', { metadata: { uid, resourceVersion, annotations: { [ON_SERVER_LOSS]: 'start-empty' } } })
  const nodes = (await client.list(Nodes)).items
  for (const claimName of claimNames(pod)) {
    const claim = await client.get(PersistentVolumeClaims, namespace, claimName)
    const volume = await client.get(PersistentVolumes, '', claim.spec.volumeName ?? '')
    if (!isOnlyOn(volume, pod.spec.nodeName ?? '', nodes)) continue
    await client.patch(PersistentVolumeClaims, namespace, claimName, 'application/merge-patch+json', { metadata: { uid: claim.metadata.uid, annotations: { [ON_SERVER_LOSS]: START_EMPTY } } })
  }
}
