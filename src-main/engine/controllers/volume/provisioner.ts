import { hasReason } from '../../../common/errors.ts'
import type { PersistentVolumeClaim } from '../../../common/kube/generated/core-v1.ts'
import type { StorageClass } from '../../../common/kube/generated/storage-v1.ts'
import { Nodes, PersistentVolumeClaims, PersistentVolumes, StorageClasses } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { wholeNumber } from '../../../common/kube/quantity.ts'
import { copySourceOf, VolumeBackups, VolumeSnapshots } from '../../../common/kube/volume-copies.ts'
import { classOf, DOCKER_VOLUME_DRIVER, dockerVolumeOf, isFullyBound, SELECTED_NODE, waitsForConsumer } from '../../../common/kube/volumes.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { changeStatus } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import { cannotProvision, freestNode, mattersForVolumes, volumeFor } from './provision.ts'

/**
 * Makes PersistentVolumes for the claims of classes that say so: Docker volumes on the node that the scheduler chose, or on one of its own choice. The volume
 * itself is made by the node's agent. Also follows sizes: a Docker volume has none, so a larger one is a number.
 */
export class VolumeProvisioner implements Runnable {
  readonly name = 'toque.dev/docker-volume-provisioner'
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #controller: Controller

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 1, reconcile: (key) => this.#reconcile(key) })
    const claims = context.informers.for(PersistentVolumeClaims)
    const changed = (claim: Frozen<PersistentVolumeClaim>): void => this.#controller.enqueue(keyOf(claim))
    claims.addHandler({ onAdd: changed, onUpdate: changed })
    const all = (): void => claims.lister.list().filter((claim) => !isFullyBound(claim)).forEach(changed)
    context.informers.for(StorageClasses).addHandler({ onAdd: all, onUpdate: all })
    context.informers.for(Nodes).addHandler({ onAdd: all, onUpdate: (node, old) => { if (mattersForVolumes(node, old)) all() }, onDelete: all })
    context.informers.for(PersistentVolumes)
    const copyChanged = (): void => claims.lister.list().filter((claim) => !isFullyBound(claim) && copySourceOf(claim) !== undefined).forEach(changed)
    context.informers.for(VolumeBackups).addHandler({ onAdd: copyChanged, onUpdate: copyChanged })
    context.informers.for(VolumeSnapshots).addHandler({ onAdd: copyChanged, onUpdate: copyChanged })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string): Promise<void> {
    const { informers } = this.#context
    const claim = informers.for(PersistentVolumeClaims).lister.getByKey(key)
    if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) return
    if (isFullyBound(claim)) return this.#resize(claim)
    const storageClass = informers.for(StorageClasses).lister.get('', classOf(claim))
    if (storageClass?.provisioner === DOCKER_VOLUME_DRIVER && !claim.spec.volumeName) return this.#provision(claim, storageClass)
  }

  async #provision(claim: Frozen<PersistentVolumeClaim>, storageClass: Frozen<StorageClass>): Promise<void> {
    const { client, informers } = this.#context
    const selected = claim.metadata.annotations?.[SELECTED_NODE]
    if (selected === undefined && waitsForConsumer(storageClass)) return
    const volumes = informers.for(PersistentVolumes).lister.list()
    // Reserved for it already: the binder's turn.
    if (volumes.some(({ spec: { claimRef } }) => claimRef?.uid === claim.metadata.uid)) return
    const impossible = cannotProvision(claim)
    if (impossible !== undefined) return this.#failed(claim, impossible)
    const missing = this.#missingCopy(claim)
    if (missing !== undefined) return this.#failed(claim, missing)
    const nodes = informers.for(Nodes).lister
    const node = selected === undefined ? freestNode(storageClass, nodes.list(), volumes) : nodes.get('', selected)
    if (node === undefined) {
      if (selected === undefined) return this.#failed(claim, 'No server that is Ready and takes new pods can have the volume.')
      await this.#chooseAgain(claim)
      return this.#failed(claim, `The server ${selected}, which was chosen for the volume, is not part of the cluster any more: another one is chosen.`)
    }
    try {
      const made = await client.create(PersistentVolumes, volumeFor(claim, storageClass, node))
      this.#recorder.event(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${made.metadata.name} (a Docker volume on server ${node.metadata.name})`)
    } catch (error) {
      // Made already, and not yet in the cache.
      if (!hasReason(error, 'AlreadyExists')) throw error
    }
  }

  /** Why there is no copy yet to make it of. */
  #missingCopy(claim: Frozen<PersistentVolumeClaim>): string | undefined {
    const source = copySourceOf(claim)
    if (source === undefined) return undefined
    const { kind, namespace, name } = source
    const { informers } = this.#context
    const backup = kind === 'VolumeBackup' ? informers.for(VolumeBackups).lister.get(namespace, name) : undefined
    const snapshot = kind === 'VolumeSnapshot' ? informers.for(VolumeSnapshots).lister.get(namespace, name) : undefined
    if (backup === undefined && snapshot === undefined) return `There is no ${kind} "${name}" in ${namespace}.`
    if (backup?.status?.phase === 'Succeeded' || snapshot?.status?.readyToUse === true) return undefined
    return `The ${kind} "${name}" is no copy yet: ${backup?.status?.message ?? snapshot?.status?.error?.message ?? 'it is being made'}.`
  }

  #failed(claim: Frozen<PersistentVolumeClaim>, why: string): void {
    this.#recorder.event(claim, 'Warning', 'ProvisioningFailed', `failed to provision volume with StorageClass "${classOf(claim)}": ${why}`)
  }

  /** The scheduler chooses a node for a claim that names none. */
  async #chooseAgain({ metadata: { namespace = '', name, uid, resourceVersion } }: Frozen<PersistentVolumeClaim>): Promise<void> {
    await this.#context.client.patch(PersistentVolumeClaims, namespace, name, 'application/merge-patch+json', { metadata: { uid, resourceVersion, annotations: { [SELECTED_NODE]: null } } })
  }

  async #resize(claim: Frozen<PersistentVolumeClaim>): Promise<void> {
    const { client, informers } = this.#context
    const wanted = claim.spec.resources?.requests?.['storage']
    if (wanted === undefined || wholeNumber(wanted) <= wholeNumber(claim.status?.capacity?.['storage'])) return
    const volume = informers.for(PersistentVolumes).lister.get('', claim.spec.volumeName ?? '')
    if (volume === undefined) return
    if (dockerVolumeOf(volume) === undefined) {
      this.#recorder.event(claim, 'Normal', 'ExternalExpanding', 'waiting for an external controller to expand this PVC')
      return
    }
    if (wholeNumber(volume.spec.capacity?.['storage']) < wholeNumber(wanted)) {
      await client.update(PersistentVolumes, { ...volume, spec: { ...volume.spec, capacity: { ...volume.spec.capacity, storage: wanted } } })
    }
    const { namespace = '', name, uid } = claim.metadata
    await changeStatus(client, PersistentVolumeClaims, { namespace, name, uid }, (copy) => {
      copy.status = { ...copy.status, capacity: { ...copy.status?.capacity, storage: wanted } }
      return true
    })
    this.#recorder.event(claim, 'Normal', 'VolumeResizeSuccessful', `The size is ${wanted} now. It is a number only: a Docker volume may take all the room of its server's disk.`)
  }
}
