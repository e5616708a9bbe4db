import type { Clock, Timer } from '../../../common/clock.ts'
import { DockerLabel } from '../../../common/docker-labels.ts'
import { hasReason, messageOf } from '../../../common/errors.ts'
import type { PersistentVolume } from '../../../common/kube/generated/core-v1.ts'
import { PersistentVolumes } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { DOCKER_VOLUME_DRIVER, DOCKER_VOLUME_FINALIZER, dockerVolumeOf, PROVISIONED_BY, PV_PROTECTION, VOLUME_MADE } from '../../../common/kube/volumes.ts'
import { VOLUME_SOURCE } from '../../../common/kube/volume-copies.ts'
import { DockerUnreachableError } from '../../../hosts/host.ts'
import type { Client } from '../../client/client.ts'
import type { Informers } from '../../client/informer.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { dropFinalizer } from '../../client/finalizers.ts'
import type { NodeRuntime } from '../container-runtime.ts'
import { SANDBOX_RESOURCES } from '../pod/resources.ts'
import { SANDBOX_SECURITY } from '../pod/security.ts'
import { VOLUMES_DIR } from '../sandbox-image/sandbox-image.ts'
import { tarball } from '../tarball.ts'

/** What Docker refused (the volume is in use, the disk is full) is tried again after so long. */
const RETRY_MS = 15_000

export interface NodeVolumesOptions {
  client: Client
  informers: Informers
  clock: Clock
  recorder: EventRecorder
  runtime: NodeRuntime
  /** The node's name. */
  node: string
  clusterId: string
  sandboxImage: string
  onError(error: unknown): void
}

/**
 * The Docker volumes of the PersistentVolumes on one node: each is made once, and removed when its object is deleted and says so. A volume that was made and is
 * missing is not made again: its data is lost, and the pods that need it say so.
 */
export class NodeVolumes {
  readonly #o: NodeVolumesOptions
  readonly #end: () => void
  readonly #work = new Map<string, Promise<void>>()
  readonly #timers = new Map<string, Timer>()
  #stopped = false

  constructor(options: NodeVolumesOptions) {
    this.#o = options
    const look = (volume: Frozen<PersistentVolume>): void => {
      if (this.#placeOf(volume) !== undefined) this.#enqueue(volume.metadata.name)
    }
    this.#end = options.informers.for(PersistentVolumes).addHandler({ onAdd: look, onUpdate: look })
  }

  /** Docker answers again: what was to be done is done. */
  again(): void {
    for (const volume of this.#o.informers.for(PersistentVolumes).lister.list()) if (this.#placeOf(volume) !== undefined) this.#enqueue(volume.metadata.name)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#end()
    for (const timer of this.#timers.values()) timer.cancel()
    await Promise.all(this.#work.values())
  }

  #placeOf(volume: Frozen<PersistentVolume>): string | undefined {
    const place = dockerVolumeOf(volume)
    return place?.node === this.#o.node ? place.name : undefined
  }

  /** One thing at a time for each volume. */
  #enqueue(name: string): void {
    this.#timers.get(name)?.cancel()
    this.#timers.delete(name)
    const work = (this.#work.get(name) ?? Promise.resolve()).then(() => (this.#stopped ? undefined : this.#reconcile(name))).catch((error: unknown) => {
      // Docker being away is the node's to say; `again` comes when it is back.
      if (error instanceof DockerUnreachableError || this.#stopped) return
      if (!hasReason(error, 'Conflict', 'NotFound')) this.#o.onError(error)
      this.#timers.set(name, this.#o.clock.setTimeout(() => this.#enqueue(name), RETRY_MS))
    }).finally(() => {
      if (this.#work.get(name) === work) this.#work.delete(name)
    })
    this.#work.set(name, work)
  }

  async #reconcile(name: string): Promise<void> {
    const volume = this.#o.informers.for(PersistentVolumes).lister.get('', name)
    const place = volume === undefined ? undefined : this.#placeOf(volume)
    if (volume === undefined || place === undefined) return
    if (volume.metadata.deletionTimestamp !== undefined) return this.#remove(volume, place)
    // One that is made of a copy is made by who has the copy.
    const { annotations } = volume.metadata
    if (annotations?.[VOLUME_MADE] === undefined && annotations?.[VOLUME_SOURCE] === undefined) await this.#make(volume, place)
  }

  async #make(volume: Frozen<PersistentVolume>, place: string): Promise<void> {
    const { client, runtime, clusterId, recorder, node } = this.#o
    const { name, uid } = volume.metadata
    const { claimRef } = volume.spec
    try {
      const there = await runtime.resources.hasVolume(place)
      if (!there) {
        await runtime.resources.createVolume(place, {
          [DockerLabel.cluster]: clusterId, [DockerLabel.schema]: '1', [DockerLabel.volumeUid]: uid, [DockerLabel.volume]: name,
          ...(claimRef === undefined ? {} : { [DockerLabel.claim]: `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}` }),
        })
      }
      // Also where an engine died in between. One that a person named is as that person made it.
      if (!there || volume.metadata.annotations?.[PROVISIONED_BY] === DOCKER_VOLUME_DRIVER) await this.#openToAll(place, uid)
    } catch (error) {
      if (!(error instanceof DockerUnreachableError)) recorder.event(volume, 'Warning', 'ProvisioningFailed', `The Docker volume ${place} could not be made on server ${node}: ${messageOf(error)}`)
      throw error
    }
    await client.patch(PersistentVolumes, '', name, 'application/merge-patch+json', { metadata: { uid, annotations: { [VOLUME_MADE]: 'true' } } })
  }

  /** A new volume belongs to root: whoever the pod runs as shall be able to write. A container that never runs is the way to its root. */
  async #openToAll(place: string, uid: string): Promise<void> {
    const { runtime, clusterId, sandboxImage } = this.#o
    const name = `toque_volume_${uid.slice(0, 13)}`
    await runtime.containers.remove(name)
    const id = await runtime.containers.create({
      name, image: sandboxImage, labels: { [DockerLabel.cluster]: clusterId, [DockerLabel.schema]: '1', [DockerLabel.role]: 'volume' },
      env: [], stdin: false, stdinOnce: false, tty: false, restart: 'no', network: { type: 'host' }, resources: SANDBOX_RESOURCES, security: SANDBOX_SECURITY,
      mounts: [{ type: 'volume', source: place, target: `${VOLUMES_DIR}/data`, readOnly: false }],
    })
    try {
      await runtime.streams.unpack(id, await tarball([{ path: `${VOLUMES_DIR.slice(1)}/data`, mode: 0o777, directory: true }]))
    } finally {
      await runtime.containers.remove(id)
    }
  }

  async #remove(volume: Frozen<PersistentVolume>, place: string): Promise<void> {
    const { client, runtime, recorder, node, informers } = this.#o
    const { uid, finalizers = [] } = volume.metadata
    if (!finalizers.includes(DOCKER_VOLUME_FINALIZER) || finalizers.includes(PV_PROTECTION) || volume.status?.phase === 'Bound') return
    const shared = informers.for(PersistentVolumes).lister.list().some((other) => other.metadata.uid !== uid && this.#placeOf(other) === place)
    // One that was never made is nobody's of ours: it may be the user's own.
    const ours = volume.metadata.annotations?.[VOLUME_MADE] !== undefined
    if (volume.spec.persistentVolumeReclaimPolicy === 'Delete' && ours && !shared) {
      try {
        await runtime.resources.removeVolume(place)
      } catch (error) {
        if (!(error instanceof DockerUnreachableError)) recorder.event(volume, 'Warning', 'VolumeFailedDelete', `The Docker volume ${place} could not be removed from server ${node}: ${messageOf(error)}`)
        throw error
      }
    }
    await dropFinalizer(client, PersistentVolumes, volume, DOCKER_VOLUME_FINALIZER)
  }
}
