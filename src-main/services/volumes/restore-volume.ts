import { pipeline } from 'node:stream/promises'
import { sleep } from '../../common/clock.ts'
import type { RestoreSource, RestoreTarget, TransferProgress } from '../../common/contract/index.ts'
import { badRequest, hasReason } from '../../common/errors.ts'
import type { PersistentVolumeClaim } from '../../common/kube/generated/core-v1.ts'
import { PersistentVolumeClaims, PersistentVolumes, StorageClasses } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { SELECTED_NODE, VOLUME_BUSY } from '../../common/kube/volumes.ts'
import { makeStream } from '../../common/rpc/make-stream.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import { together } from '../../common/together.ts'
import { deleteIfThere, getIfThere } from '../../engine/client/retry.ts'
import { digestTap } from '../../engine/nodes/volumes/content-digest.ts'
import { whileHeld } from './hold-claim.ts'
import { withKept } from './keep-first.ts'
import { openCopy } from './open-copy.ts'
import type { OpenCopy } from './open-copy.ts'
import { compare, counter, emptyVolume, sizeText, switchTo } from './transfer.ts'
import { filesOf, keptVolume, targetsFor } from './volume-parts.ts'
import type { KeptVolume, Tell, VolumeParts } from './volume-parts.ts'

/** A new claim's volume is made within moments, or something is wrong. */
const PATIENCE_MS = 60_000

/** Brings saved data back, into a new claim or in place of what a claim has. It is compared with what was saved before anything is replaced. */
export function restoreVolume(parts: VolumeParts, from: RestoreSource, into: RestoreTarget): Stream<TransferProgress> {
  return makeStream(async (push, signal) => {
    const copy = await openCopy(parts, from, signal)
    const { about } = copy
    const { namespace, name } = into.claim
    const there = await getIfThere(parts.client, PersistentVolumeClaims, namespace, name)
    if (there !== undefined && !into.replace) throw badRequest(`There is a claim "${name}" in ${namespace} already: restore to another name, or say that its data shall be replaced.`)
    const replacing = (): Promise<void> => inPlace(parts, copy, into, push, signal)
    if (there === undefined) await intoNew(parts, copy, into, push, signal)
    else await (into.keepAs === undefined ? replacing() : withKept(parts, into.claim, into.keepAs, push, signal, replacing))
    parts.recorder.event(await parts.client.get(PersistentVolumeClaims, namespace, name), 'Normal', 'VolumeRestored', `Its data is that of ${about.file}, saved ${about.createdAt} (${sizeText(about)})`)
    await push({ phase: 'done', doneBytes: about.bytes, digest: about.digest })
  })
}

async function inPlace(parts: VolumeParts, copy: OpenCopy, { claim, server }: RestoreTarget, tell: Tell, signal: AbortSignal): Promise<void> {
  await whileHeld(parts, claim, 'restored', tell, signal, async () => {
    const kept = await keptVolume(parts, claim)
    // Beside what is there, which goes only when the new one is whole.
    const to = { node: server ?? kept.at.node, name: `toque_${kept.volume.metadata.name}-${parts.clock.now().toString(36)}` }
    await emptyVolume(parts, kept, to)
    try {
      await unpack(parts, copy, to, tell, signal)
      await switchTo(parts, kept, to)
    } catch (error) {
      const now = await keptVolume(parts, claim).catch(() => undefined)
      if (now !== undefined && now.at.name !== to.name) await filesOf(parts, to.node).remove(to.name).catch(() => undefined)
      throw error
    }
  })
}

async function intoNew(parts: VolumeParts, copy: OpenCopy, { claim: { namespace, name }, server }: RestoreTarget, tell: Tell, signal: AbortSignal): Promise<void> {
  const { client } = parts
  const targets = await targetsFor(parts, undefined)
  const node = server ?? targets[0]
  if (node === undefined || !targets.includes(node)) throw badRequest(node === undefined ? 'No server is Ready and takes new pods.' : `The server ${node} is not Ready, or takes no new pods.`)
  const { storageClass, size } = copy.about
  const known = storageClass === undefined ? undefined : await client.get(StorageClasses, '', storageClass).catch(() => undefined)
  const made = await client.create(PersistentVolumeClaims, {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim',
    // No pod may start with it before its data is there.
    metadata: { name, namespace, annotations: { [SELECTED_NODE]: node, [VOLUME_BUSY]: 'restored' } },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } }, ...(known === undefined ? {} : { storageClassName: known.metadata.name }) },
  })
  try {
    const kept = await whenMade(parts, made, signal)
    await unpack(parts, copy, kept.at, tell, signal)
    await client.patch(PersistentVolumeClaims, namespace, name, 'application/merge-patch+json', { metadata: { uid: made.metadata.uid, annotations: { [VOLUME_BUSY]: null } } })
  } catch (error) {
    // Half of the data is worse than none.
    await deleteIfThere(client, PersistentVolumeClaims, made)
    throw error
  }
}

/** The new claim's volume, once its server has made it. */
async function whenMade(parts: VolumeParts, { metadata: { namespace = '', name } }: Frozen<PersistentVolumeClaim>, signal: AbortSignal): Promise<KeptVolume> {
  const { clock, informers } = parts
  const until = clock.monotonic() + PATIENCE_MS
  for (;;) {
    signal.throwIfAborted()
    const changed = new AbortController()
    const wake = (): void => changed.abort()
    const ends = [informers.for(PersistentVolumes).addHandler({ onUpdate: wake }), informers.for(PersistentVolumeClaims).addHandler({ onUpdate: wake })]
    try {
      return await keptVolume(parts, { namespace, name })
    } catch (error) {
      const left = until - clock.monotonic()
      if (!hasReason(error, 'BadRequest') || left <= 0) throw error
      await sleep(clock, left, AbortSignal.any([signal, changed.signal])).catch(() => undefined)
    } finally {
      ends.forEach((end) => end())
    }
  }
}

/** Unpacks a copy into an empty Docker volume, and compares it there with what was saved. */
export async function unpack(parts: VolumeParts, { place, about }: OpenCopy, to: { node: string; name: string }, tell: Tell, signal: AbortSignal): Promise<void> {
  const { tap, content } = digestTap(counter(parts.clock, tell, 'copying', about.bytes))
  await place.read(about.file, (archive, reading) => together(reading, (either) => [pipeline(archive, tap, { signal: either }), filesOf(parts, to.node).write(to.name, tap, either)]), signal)
  const sent = await content
  if (sent.digest !== about.digest) throw badRequest(`The copy ${about.file} is not what was saved: it was changed or is damaged.`)
  await compare(parts, to, sent, tell, signal)
}
