import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Clock } from '../../../common/clock.ts'
import { DockerLabel } from '../../../common/docker-labels.ts'
import { orAborted } from '../../../common/or-aborted.ts'
import { together } from '../../../common/together.ts'
import type { Host } from '../../../hosts/host.ts'
import { HELPER_IMAGE } from '../../network/start-network.ts'
import { ContainerHolds } from '../../runtime/container-holds.ts'
import { dockerImages } from '../../runtime/docker/docker-images.ts'
import { digestOf, digestTap } from './content-digest.ts'
import type { VolumeContent } from './content-digest.ts'
import { endCopies, heldCopy } from './held-copy.ts'
import type { HeldCopy } from './held-copy.ts'

/** The kept volumes of one server, as what is in them can be read and written. */
export interface VolumeFiles {
  /** Whose a volume is: its PersistentVolume's UID, '' for the user's own; undefined: there is none. */
  owner(name: string): Promise<string | undefined>
  /** Its labels; undefined: there is none. */
  labels(name: string): Promise<Readonly<Record<string, string>> | undefined>
  create(name: string, labels: Readonly<Record<string, string>>): Promise<void>
  /** Fails while a container uses it. Fine when there is none. */
  remove(name: string): Promise<void>
  /** Bytes on disk, roughly; undefined where Docker does not say. */
  size(name: string): Promise<number | undefined>
  /** Everything in the volume, as a tar archive, handed to `take`, whose signal is aborted when reading fails. Resolves with what was in it when `take` has taken all. */
  read(name: string, take: (archive: Readable, signal: AbortSignal) => Promise<unknown>, onBytes: (bytes: number) => void, signal: AbortSignal): Promise<VolumeContent>
  /** Unpacks what `read` gave into an empty volume. */
  write(name: string, archive: Readable, signal: AbortSignal): Promise<void>
  /** What is in it, read back from the disk. */
  check(name: string, onBytes: (bytes: number) => void, signal: AbortSignal): Promise<VolumeContent>
  /** Copies one volume into another, empty one on this server, while containers are held still. They go on however it ends, with or without this engine. */
  copy(what: HeldCopy, signal: AbortSignal): Promise<void>
}

/** Where the container that is never started has the volume; the archives' entries begin with the last part. */
const PARENT = '/volumes'
const MOUNT = `${PARENT}/data`
const ROLE = 'transfer'

/** Docker's archive API reads and writes what a container mounts, running or not: nothing else is needed on the server. */
export function dockerVolumeFiles(host: Host, clusterId: string, clock: Clock, holds = new ContainerHolds()): VolumeFiles {
  const { docker } = host
  const copying = new Map<string, Promise<void>>()
  const labelsOf = async (name: string): Promise<Readonly<Record<string, string>> | undefined> => {
    try {
      return (await docker.getVolume(name).inspect()).Labels ?? {}
    } catch (error) {
      return ignoringMissing(error as Error)
    }
  }
  const ownerOf = async (name: string): Promise<string | undefined> => {
    const labels = await labelsOf(name)
    return labels === undefined ? undefined : labels[DockerLabel.volumeUid] ?? ''
  }
  /** Docker would make one that is missing: an empty one, that would then pass for the data. */
  const mustBeThere = async (name: string): Promise<void> => {
    if (await ownerOf(name) === undefined) throw new Error(`${host.description} has no Docker volume ${name} any more`)
  }
  /** Work on one volume, over a connection of its own: behind much data the answers to everything else would wait. */
  const mounted = async <T>(name: string, signal: AbortSignal, work: (container: ReturnType<typeof docker.getContainer>) => Promise<T>): Promise<T> => {
    await mustBeThere(name)
    const way = host.another()
    try {
      await removeLeft(name)
      const image = await orAborted(dockerImages(docker, clock).ensureSandbox(), signal)
      const { id } = await docker.createContainer({
        name: `toque_transfer_${randomUUID().slice(0, 13)}`, Image: image, Labels: { [DockerLabel.cluster]: clusterId, [DockerLabel.schema]: '1', [DockerLabel.role]: ROLE, [DockerLabel.volume]: name },
        HostConfig: { NetworkMode: 'none', Mounts: [{ Type: 'volume', Source: name, Target: MOUNT, VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: 'local', Options: {} } } }] },
      })
      try {
        signal.throwIfAborted()
        return await work(way.docker.getContainer(id))
      } finally {
        await docker.getContainer(id).remove({ force: true }).catch(ignoringMissing)
      }
    } finally {
      await way.close()
    }
  }
  /** What an engine that died in the middle left keeps the volume in use. */
  const removeLeft = async (name: string): Promise<void> => {
    const left = await docker.listContainers({ all: true, filters: { label: [`${DockerLabel.cluster}=${clusterId}`, `${DockerLabel.role}=${ROLE}`, `${DockerLabel.volume}=${name}`] } })
    await Promise.all(left.map(({ Id }) => docker.getContainer(Id).remove({ force: true }).catch(ignoringMissing)))
  }
  const archiveOf = async (container: ReturnType<typeof docker.getContainer>, signal: AbortSignal): Promise<Readable> => {
    const archive = await orAborted(container.getArchive({ path: MOUNT }), signal) as Readable
    signal.addEventListener('abort', () => archive.destroy(signal.reason as Error), { once: true })
    return archive
  }
  return {
    owner: ownerOf,
    labels: labelsOf,
    async create(name, labels) {
      await docker.createVolume({ Name: name, Driver: 'local', Labels: { ...labels, [DockerLabel.cluster]: clusterId, [DockerLabel.schema]: '1' } })
    },
    async remove(name) {
      await endCopies(docker, clusterId, name)
      await removeLeft(name)
      await docker.getVolume(name).remove().catch(ignoringMissing)
    },
    async size(name) {
      // Dockers from 23 on count volumes alone; older ones do not know the parameter.
      const { Volumes } = await (docker.df({ type: ['volume'] } as never) as unknown as Promise<{ Volumes?: { Name: string; UsageData?: { Size: number } }[] }>)
      const size = Volumes?.find((v) => v.Name === name)?.UsageData?.Size
      return size === undefined || size < 0 ? undefined : size
    },
    read: (name, take, onBytes, signal) => mounted(name, signal, async (container) => {
      const { tap, content } = digestTap(onBytes)
      // Who takes it would wait for ever for an archive that breaks off.
      await together(signal, (either) => [archiveOf(container, either).then((archive) => pipeline(archive, tap, { signal: either })), take(tap, either)])
      return content
    }),
    write: (name, archive, signal) => mounted(name, signal, async (container) => {
      const abort = { abortSignal: signal } as Record<string, unknown>
      await container.putArchive(archive, { path: PARENT, ...abort })
    }),
    check: (name, onBytes, signal) => mounted(name, signal, async (container) => digestOf(await archiveOf(container, signal), signal, onBytes)),
    async copy(what, signal) {
      for (const name of [what.from, what.to]) await mustBeThere(name)
      // One at a time of each volume: two would hold the same containers, and let them go in the middle of the other.
      const before = copying.get(what.from)
      const mine = (before ?? Promise.resolve()).catch(() => undefined).then(() => holds.hold(what.hold, () => heldCopy(docker, clusterId, HELPER_IMAGE, what, signal)))
      copying.set(what.from, mine)
      try {
        await mine
      } finally {
        if (copying.get(what.from) === mine) copying.delete(what.from)
      }
    },
  }
}

function ignoringMissing(error: Error & { statusCode?: number }): undefined {
  if (error.statusCode !== 404) throw error
}
