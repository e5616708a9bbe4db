import { sleep } from '../../common/clock.ts'
import type { ClaimRef } from '../../common/contract/index.ts'
import { badRequest } from '../../common/errors.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { VolumeSnapshots } from '../../common/kube/volume-copies.ts'
import type { VolumeSnapshot } from '../../common/kube/volume-copies.ts'
import { deleteIfThere } from '../../engine/client/retry.ts'
import { busyWith, keptVolume } from './volume-parts.ts'
import type { Tell, VolumeParts } from './volume-parts.ts'

/** A server that has been silent for so long will not make the snapshot soon. */
const PATIENCE_MS = 600_000

/** Does something that replaces a claim's data, with a snapshot made first. Where nothing was replaced after all, the snapshot goes again. */
export async function withKept(parts: VolumeParts, claim: ClaimRef, name: string, tell: Tell, signal: AbortSignal, replace: () => Promise<void>): Promise<void> {
  const { at } = await keptVolume(parts, claim)
  const snapshot = await keepFirst(parts, claim, name, tell, signal)
  try {
    await replace()
  } catch (error) {
    const now = await keptVolume(parts, claim).catch(() => undefined)
    // Only when it is certain: it may be the one whole copy of what was there.
    if (now !== undefined && now.at.node === at.node && now.at.name === at.name) await deleteIfThere(parts.client, VolumeSnapshots, snapshot)
    throw error
  }
}

/** Snapshots a claim. Resolves when the snapshot is whole; one that does not become so is taken away, and nothing was replaced. */
async function keepFirst(parts: VolumeParts, { namespace, name: claim }: ClaimRef, name: string, tell: Tell, signal: AbortSignal): Promise<Frozen<VolumeSnapshot>> {
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
        if (status?.readyToUse === true) return made
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
