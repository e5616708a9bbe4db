import { sleep } from '../../common/clock.ts'
import type { ClaimRef } from '../../common/contract/index.ts'
import { badRequest } from '../../common/errors.ts'
import { VolumeSnapshots } from '../../common/kube/volume-copies.ts'
import { deleteIfThere } from '../../engine/client/retry.ts'
import { busyWith, keptVolume } from './volume-parts.ts'
import type { Tell, VolumeParts } from './volume-parts.ts'

/** A server that has been silent for so long will not make the snapshot soon. */
const PATIENCE_MS = 600_000

/** Snapshots a claim before its data is replaced. Resolves when the snapshot is whole; one that does not become so is taken away, and nothing was replaced. */
export async function keepFirst(parts: VolumeParts, { namespace, name: claim }: ClaimRef, name: string, tell: Tell, signal: AbortSignal): Promise<void> {
  const { client, clock, informers } = parts
  // Else it would wait for who handles it, and then be refused.
  const busy = busyWith((await keptVolume(parts, { namespace, name: claim })).claim)
  if (busy !== undefined) throw badRequest(`The claim "${claim}" is being ${busy} already.`)
  await tell({ phase: 'keeping', doneBytes: 0 })
  const made = await client.create(VolumeSnapshots, { apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot', metadata: { name, namespace }, spec: { source: { persistentVolumeClaimName: claim } } })
  const until = clock.monotonic() + PATIENCE_MS
  try {
    for (;;) {
      signal.throwIfAborted()
      const changed = new AbortController()
      const end = informers.for(VolumeSnapshots).addHandler({ onUpdate: () => changed.abort(), onDelete: () => changed.abort() })
      try {
        const { status } = await client.get(VolumeSnapshots, namespace, name)
        if (status?.readyToUse === true) return
        const left = until - clock.monotonic()
        if (status?.error?.message !== undefined || left <= 0) throw badRequest(`What "${claim}" has now could not be kept first, so nothing was replaced: ${status?.error?.message ?? 'it took too long.'}`)
        await sleep(clock, left, AbortSignal.any([signal, changed.signal])).catch(() => undefined)
      } finally {
        end()
      }
    }
  } catch (error) {
    await deleteIfThere(client, VolumeSnapshots, made)
    throw error
  }
}
