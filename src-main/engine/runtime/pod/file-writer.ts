import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { ContainerStreams } from '../container-runtime.ts'
import { SANDBOX_PROGRAM, VOLUMES_DIR } from '../sandbox-image/sandbox-image.ts'
import { tarball } from '../tarball.ts'
import type { TarEntry } from '../tarball.ts'
import { NO_CLAIMS } from './claimed-volumes.ts'
import type { ClaimedVolumes } from './claimed-volumes.ts'
import type { PodPlace, Sources } from './sources.ts'
import { fileEntries, filesOf, rootEntry, versionOf } from './volume-files.ts'
import type { VolumeFiles } from './volume-files.ts'
import { isFileVolume, placeOf } from './volume-places.ts'

const NEXT_LINK = '..data_next'
/** The group may do everything, and what is made belongs to it too. */
const GROUP_MODE = 0o2770

/** Writes a pod's file volumes through its sandbox, all at once when they are new, and by an atomic rename when they change. */
export class FileWriter {
  readonly #streams: ContainerStreams
  /** What this process wrote, by volume. */
  readonly #written = new Map<string, { version: string; files: VolumeFiles }>()

  constructor(streams: ContainerStreams) {
    this.#streams = streams
  }

  /** Everything, into volumes that no container has used yet: one archive. Throws MissingSourceError. */
  async writeNew(pod: Frozen<Pod>, sandboxId: string, place: PodPlace, sources: Sources, claimed: ClaimedVolumes = NO_CLAIMS): Promise<void> {
    const gid = pod.spec.securityContext?.fsGroup
    const places = (pod.spec.volumes ?? []).map((volume) => ({ volume, at: placeOf(pod, volume, claimed) }))
    const own = places.flatMap(({ volume, at }) => (at.kind === 'pod' && at.ours ? [volume] : []))
    const kept = gid === undefined ? [] : places.flatMap(({ volume, at }) => (at.kind === 'kept' && !at.readOnly ? [volume.name] : []))
    const files = own.filter(isFileVolume).map((v) => ({ name: v.name, files: filesOf(pod, v, place, sources) }))
    const roots = own.map((v) => rootEntry(v.name, gid))
    const entries = files.flatMap((v) => fileEntries(v.name, v.files, '..data', gid))
    const handed = await Promise.all(kept.map((name) => this.#handed(sandboxId, name, gid ?? 0)))
    await this.#streams.unpack(sandboxId, await tarball([...roots, ...handed.flat(), ...entries]))
    for (const v of files) this.#written.set(v.name, { version: versionOf(v.files), files: v.files })
  }

  /** Brings volumes that may be in use up to date; what has not changed is not touched. Throws MissingSourceError. */
  async update(pod: Frozen<Pod>, sandboxId: string, place: PodPlace, sources: Sources): Promise<void> {
    for (const volume of (pod.spec.volumes ?? []).filter(isFileVolume)) {
      await this.#updateOne(pod, sandboxId, volume.name, filesOf(pod, volume, place, sources))
    }
  }

  async #updateOne(pod: Frozen<Pod>, sandboxId: string, volume: string, files: VolumeFiles): Promise<void> {
    const root = `${VOLUMES_DIR}/${volume}`
    const version = versionOf(files)
    const before = this.#written.get(volume)
    const standing = before?.version ?? await this.#streams.readLink(sandboxId, `${root}/..data`)
    if (standing !== version) {
      const gid = pod.spec.securityContext?.fsGroup
      if (standing === undefined) await this.#streams.unpack(sandboxId, await tarball([rootEntry(volume, gid), ...fileEntries(volume, files, '..data', gid)]))
      else {
        await this.#streams.unpack(sandboxId, await tarball(fileEntries(volume, files, NEXT_LINK, gid)))
        await this.#tool(sandboxId, ['mv', `${root}/${NEXT_LINK}`, `${root}/..data`])
        if (before !== undefined) await this.#tool(sandboxId, ['rm', ...leftovers(root, before, files)])
      }
    }
    this.#written.set(volume, { version, files })
  }

  /** A kept volume's root goes to the pod's group, and with it what is made in it from then on; what is there already stays as it is. */
  async #handed(sandboxId: string, volume: string, gid: number): Promise<TarEntry[]> {
    const stat = await this.#streams.stat(sandboxId, `${VOLUMES_DIR}/${volume}`)
    if (stat === undefined || (stat.gid === gid && (stat.mode & GROUP_MODE) === GROUP_MODE)) return []
    return [{ path: `${VOLUMES_DIR.slice(1)}/${volume}`, mode: stat.mode | GROUP_MODE, directory: true, uid: stat.uid, gid }]
  }

  async #tool(sandboxId: string, args: string[]): Promise<void> {
    const session = await this.#streams.exec(sandboxId, { command: [SANDBOX_PROGRAM, ...args], stdin: false, tty: false })
    for await (const _ of session.stdout) { /* it says nothing */ }
    const code = await session.exit
    if (code !== 0) throw new Error(`files of the pod's volumes could not be swapped: error ${String(code)} from ${args.join(' ')}`)
  }
}

/** Names that are no more, then the files of the old version, deepest first. */
function leftovers(root: string, before: { version: string; files: VolumeFiles }, now: VolumeFiles): string[] {
  const top = (files: VolumeFiles): Set<string> => new Set([...files.keys()].map((path) => path.split('/')[0] ?? path))
  const kept = top(now)
  const directories = new Set([...before.files.keys()].flatMap((path) => path.split('/').slice(0, -1).map((_, n, parts) => parts.slice(0, n + 1).join('/'))))
  return [
    ...[...top(before.files)].filter((name) => !kept.has(name)).map((name) => `${root}/${name}`),
    ...[...before.files.keys()].map((path) => `${root}/${before.version}/${path}`),
    ...[...directories].sort((a, b) => b.length - a.length).map((d) => `${root}/${before.version}/${d}`),
    `${root}/${before.version}`,
  ]
}
