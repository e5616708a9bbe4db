import type { Clock } from '../../common/clock.ts'
import { DockerLabel } from '../../common/docker-labels.ts'
import { badRequest, messageOf } from '../../common/errors.ts'
import type { PersistentVolume } from '../../common/kube/generated/core-v1.ts'
import { Nodes, PersistentVolumes } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { MOVED_FROM, onNodeOnly } from '../../common/kube/volumes.ts'
import type { VolumeContent } from '../../engine/nodes/volumes/content-digest.ts'
import { filesOf, usersOf } from './volume-parts.ts'
import type { KeptVolume, Tell, VolumeParts } from './volume-parts.ts'

const TELL_MS = 200

/** Counts bytes and tells of them now and then; one telling at a time. */
export function counter(clock: Clock, tell: Tell, phase: 'copying' | 'comparing', totalBytes: number | undefined): (bytes: number) => void {
  let doneBytes = 0
  let last = -Infinity
  let telling = false
  return (bytes) => {
    doneBytes += bytes
    if (telling || clock.monotonic() - last < TELL_MS) return
    last = clock.monotonic()
    telling = true
    void tell({ phase, doneBytes, ...(totalBytes === undefined ? {} : { totalBytes }) }).finally(() => (telling = false))
  }
}

/** `5 files and folders, 3000012 bytes`. */
export function sizeText({ entries, bytes }: Pick<VolumeContent, 'entries' | 'bytes'>): string {
  return `${String(entries)} files and folders, ${String(bytes)} bytes`
}

/** An empty Docker volume for the PersistentVolume on a node; what an earlier attempt left there under this name is removed first. Never the volume itself, nor a user's own. */
export async function emptyVolume(parts: VolumeParts, { claim, volume, at }: KeptVolume, to: { node: string; name: string }): Promise<void> {
  if (to.node === at.node && to.name === at.name) throw new Error('a volume cannot be copied to itself')
  const files = filesOf(parts, to.node)
  const owner = await files.owner(to.name)
  if (owner !== undefined && owner !== volume.metadata.uid) throw badRequest(`The server ${to.node} has a Docker volume named ${to.name} that is not the claim's: rename or remove it first.`)
  await files.remove(to.name)
  await files.create(to.name, {
    [DockerLabel.volumeUid]: volume.metadata.uid, [DockerLabel.volume]: volume.metadata.name, [DockerLabel.claim]: `${claim.metadata.namespace ?? ''}/${claim.metadata.name}`,
  })
}

/** Reads back what was written and compares. Throws when a byte, a name, an owner or a mode is another. */
export async function compare(parts: VolumeParts, to: { node: string; name: string }, expected: VolumeContent, tell: Tell, signal: AbortSignal): Promise<void> {
  const there = await filesOf(parts, to.node).check(to.name, counter(parts.clock, tell, 'comparing', expected.bytes), signal)
  if (there.digest === expected.digest) return
  throw new Error(`What arrived on server ${to.node} is not what was sent (${String(there.entries)} files of ${String(there.bytes)} bytes there, ${String(expected.entries)} of ${String(expected.bytes)} sent). Nothing was changed: try again, and check the server's disk.`)
}

/** From now on the data is there: one write, before and after which the claim has a whole volume. Then the old one goes. */
export async function switchTo(parts: VolumeParts, { claim, volume, at }: KeptVolume, to: { node: string; name: string }): Promise<void> {
  const { client, recorder } = parts
  const [user] = await usersOf(parts, { namespace: claim.metadata.namespace ?? '', name: claim.metadata.name })
  if (user !== undefined) throw new Error(`Pod "${user.metadata.name}" began to use the claim meanwhile: nothing was changed. Try again.`)
  const moved = await client.update(PersistentVolumes, relocated(await client.get(PersistentVolumes, '', volume.metadata.name), to, await hostnameOf(parts, to.node)))
  try {
    await filesOf(parts, at.node).remove(at.name)
  } catch (error) {
    recorder.event(moved, 'Warning', 'VolumeLeftBehind', `The old Docker volume ${at.name} could not be removed from server ${at.node}: ${messageOf(error)}`)
  }
}

/** The volume at another place. Pure. */
function relocated(volume: Frozen<PersistentVolume>, to: { node: string; name: string }, hostname: string): PersistentVolume {
  const copy = structuredClone(volume) as PersistentVolume
  const { csi } = copy.spec
  if (csi === undefined) throw new Error(`volume "${volume.metadata.name}" is not a Docker volume`)
  copy.metadata.annotations = { ...copy.metadata.annotations, [MOVED_FROM]: csi.volumeHandle }
  csi.volumeHandle = `${to.node}/${to.name}`
  copy.spec.nodeAffinity = { required: { nodeSelectorTerms: onNodeOnly(hostname) } }
  return copy
}

async function hostnameOf({ client }: VolumeParts, node: string): Promise<string> {
  return (await client.get(Nodes, '', node)).metadata.labels?.['kubernetes.io/hostname'] ?? node
}
