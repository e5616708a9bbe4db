import type { ClaimRef } from '../../common/contract/index.ts'
import { badRequest, hasReason } from '../../common/errors.ts'
import { PersistentVolumeClaims, Pods } from '../../common/kube/kinds.ts'
import { controllerOf } from '../../common/kube/owners.ts'
import { isPodTerminating } from '../../common/kube/pods.ts'
import { VOLUME_BUSY } from '../../common/kube/volumes.ts'
import { orAborted } from '../../common/or-aborted.ts'
import { deleteIfThere } from '../../engine/client/retry.ts'
import { busyWith, usersOf } from './volume-parts.ts'
import type { Tell, VolumeParts } from './volume-parts.ts'

/**
 * Does something with a claim's data while no pod uses it: keeps new ones from starting, ends those that run (their owners start others, which wait), and
 * lets them start when it is over, however it ends. `doing` completes "it is being ...".
 */
export async function whileHeld<T>(parts: VolumeParts, ref: ClaimRef, doing: string, tell: Tell, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const { client } = parts
  const { namespace, name } = ref
  const claim = await client.get(PersistentVolumeClaims, namespace, name)
  const busy = busyWith(claim)
  if (busy !== undefined) throw badRequest(`The claim "${name}" is being ${busy} already.`)
  const alone = (await usersOf(parts, ref)).filter((pod) => controllerOf(pod) === undefined)
  if (alone.length > 0) throw badRequest(`Pod "${alone[0]?.metadata.name ?? ''}" uses the claim and belongs to no app: nobody would start it again. Delete it first.`)
  const { uid, resourceVersion } = claim.metadata
  await client.patch(PersistentVolumeClaims, namespace, name, 'application/merge-patch+json', { metadata: { uid, resourceVersion, annotations: { [VOLUME_BUSY]: doing } } })
  try {
    await endUsers(parts, ref, tell, signal)
    return await work()
  } finally {
    await client.patch(PersistentVolumeClaims, namespace, name, 'application/merge-patch+json', { metadata: { uid, annotations: { [VOLUME_BUSY]: null } } }).catch((error: unknown) => {
      if (!hasReason(error, 'NotFound', 'Conflict')) throw error
    })
  }
}

/** Resolves when no pod on a node uses the claim any more. */
async function endUsers(parts: VolumeParts, ref: ClaimRef, tell: Tell, signal: AbortSignal): Promise<void> {
  const { client, informers } = parts
  for (;;) {
    signal.throwIfAborted()
    let wake = (): void => undefined
    const changed = new Promise<void>((resolve) => (wake = resolve))
    const end = informers.for(Pods).addHandler({ onUpdate: () => wake(), onDelete: () => wake() })
    try {
      const users = await usersOf(parts, ref)
      if (users.length === 0) return
      await tell({ phase: 'stopping', doneBytes: 0, pods: users.map((pod) => pod.metadata.name) })
      // Also those that were on their way to their node when the claim was taken.
      await Promise.all(users.filter((pod) => !isPodTerminating(pod)).map((pod) => deleteIfThere(client, Pods, pod)))
      await orAborted(changed, signal)
    } finally {
      end()
    }
  }
}
