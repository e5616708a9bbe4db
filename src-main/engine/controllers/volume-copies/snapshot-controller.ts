import { timestamp } from '../../../common/clock.ts'
import { hasReason, messageOf } from '../../../common/errors.ts'
import { isConditionTrue } from '../../../common/kube/conditions.ts'
import { Nodes, PersistentVolumeClaims } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { COPY_FINALIZER, SNAPSHOT_HANDLE, VolumeSnapshots } from '../../../common/kube/volume-copies.ts'
import type { VolumeSnapshot } from '../../../common/kube/volume-copies.ts'
import type { VolumeWork } from '../../../common/kube/volume-work.ts'
import { dropFinalizer } from '../../client/finalizers.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { changeStatus } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { RunningWork } from './running-work.ts'

const LOOK_AGAIN_MS = 5000

/** Makes VolumeSnapshots: a Docker volume beside the claim's, of one moment. Ready only when it is whole; removed with its object. */
export class SnapshotController implements Runnable {
  readonly name = 'toque.dev/volume-snapshot-controller'
  readonly #context: ControllerContext
  readonly #work: VolumeWork
  readonly #recorder: EventRecorder
  readonly #controller: Controller
  readonly #running = new RunningWork()

  constructor(context: ControllerContext, work: VolumeWork) {
    this.#context = context
    this.#work = work
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key, signal) => this.#reconcile(key, signal) })
    const snapshots = context.informers.for(VolumeSnapshots)
    const look = (snapshot: Frozen<VolumeSnapshot>): void => {
      const { uid, deletionTimestamp } = snapshot.metadata
      if (deletionTimestamp !== undefined) void this.#running.giveUp(uid, `the snapshot "${snapshot.metadata.name}" was deleted`)
      if (deletionTimestamp !== undefined || (snapshot.status?.readyToUse !== true && !this.#running.has(uid))) this.#controller.enqueue(keyOf(snapshot))
    }
    snapshots.addHandler({ onAdd: look, onUpdate: look })
    const all = (namespace?: string): void => snapshots.lister.list(namespace === undefined ? {} : { namespace }).forEach(look)
    context.informers.for(Nodes).addHandler({ onUpdate: (node, old) => { if (isConditionTrue(node.status?.conditions, 'Ready') && !isConditionTrue(old.status?.conditions, 'Ready')) all() } })
    const claimChanged = ({ metadata: { namespace = '' } }: { metadata: { namespace?: string } }): void => all(namespace)
    context.informers.for(PersistentVolumeClaims).addHandler({ onAdd: claimChanged, onUpdate: claimChanged })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<Again | void> {
    const snapshot = this.#context.informers.for(VolumeSnapshots).lister.getByKey(key)
    if (snapshot === undefined) return
    if (snapshot.metadata.deletionTimestamp !== undefined) return this.#remove(snapshot)
    const { uid, namespace = '', name, annotations } = snapshot.metadata
    if (snapshot.status?.readyToUse === true) return
    try {
      const claim = snapshot.spec.source.persistentVolumeClaimName ?? ''
      // Noted first: what an engine that died had begun is found, and made again under its name.
      const { node } = await this.#work.locate(namespace, claim)
      const volume = `toque_snap-${uid}`
      if (annotations?.[SNAPSHOT_HANDLE] !== undefined) await this.#work.removeSnapshot(annotations[SNAPSHOT_HANDLE])
      await this.#context.client.patch(VolumeSnapshots, namespace, name, 'application/merge-patch+json', { metadata: { uid, annotations: { [SNAPSHOT_HANDLE]: `${node}/${volume}` } } })
      const creationTime = timestamp(this.#context.clock.now())
      const { size } = await this.#running.run(uid, signal, (either) => this.#work.snapshot(namespace, claim, volume, either))
      await this.#tell(snapshot, { readyToUse: true, creationTime, restoreSize: size })
      this.#recorder.event(snapshot, 'Normal', 'SnapshotReady', `A copy of the claim "${claim}" is on server ${node}`)
    } catch (error) {
      if (signal.aborted || hasReason(error, 'NotFound', 'Conflict')) throw error
      const message = messageOf(error)
      await this.#tell(snapshot, { readyToUse: false, error: { message } })
      this.#recorder.event(snapshot, 'Warning', 'SnapshotFailed', message)
      if (hasReason(error, 'ServiceUnavailable')) return { requeueAfterMs: LOOK_AGAIN_MS }
    }
  }

  async #remove(snapshot: Frozen<VolumeSnapshot>): Promise<void> {
    const { metadata: { finalizers, annotations, namespace = '', name } } = snapshot
    if (finalizers?.includes(COPY_FINALIZER) !== true) return
    const handle = annotations?.[SNAPSHOT_HANDLE]
    try {
      if (handle !== undefined) await this.#work.removeSnapshot(handle)
    } catch (error) {
      this.#recorder.event(snapshot, 'Warning', 'SnapshotNotRemoved', `${messageOf(error)} It is tried again.`)
      throw error
    }
    await dropFinalizer(this.#context.client, VolumeSnapshots, await this.#context.client.get(VolumeSnapshots, namespace, name), COPY_FINALIZER)
  }

  async #tell({ metadata: { namespace = '', name, uid } }: Frozen<VolumeSnapshot>, status: NonNullable<VolumeSnapshot['status']>): Promise<void> {
    await changeStatus(this.#context.client, VolumeSnapshots, { namespace, name, uid }, (copy) => {
      if (copy.status?.readyToUse === status.readyToUse && copy.status?.error?.message === status.error?.message) return false
      copy.status = { ...status, ...(status.error === undefined ? {} : { error: { ...status.error, time: timestamp(this.#context.clock.now()) } }) }
      return true
    })
  }
}
