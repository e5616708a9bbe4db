import { hasReason, messageOf } from '../../../common/errors.ts'
import type { PersistentVolume } from '../../../common/kube/generated/core-v1.ts'
import { PersistentVolumeClaims, PersistentVolumes } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { VOLUME_SOURCE } from '../../../common/kube/volume-copies.ts'
import type { CopySource } from '../../../common/kube/volume-copies.ts'
import type { VolumeWork } from '../../../common/kube/volume-work.ts'
import { VOLUME_MADE } from '../../../common/kube/volumes.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { getIfThere } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import { RunningWork } from './running-work.ts'

/** Fills volumes that are made of a copy. Only when all of it is there, and compared, does the volume count as made, and may a pod start with it. */
export class FillController implements Runnable {
  readonly name = 'toque.dev/volume-fill-controller'
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
    const look = (volume: Frozen<PersistentVolume>): void => {
      const { uid, name, deletionTimestamp } = volume.metadata
      if (deletionTimestamp !== undefined) void this.#running.giveUp(uid, `the volume ${name} was deleted`)
      else if (sourceOf(volume) !== undefined && !this.#running.has(uid)) this.#controller.enqueue(name)
    }
    context.informers.for(PersistentVolumes).addHandler({ onAdd: look, onUpdate: look })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<void> {
    const { client, informers } = this.#context
    const volume = informers.for(PersistentVolumes).lister.get('', name)
    const source = volume === undefined ? undefined : sourceOf(volume)
    if (volume === undefined || source === undefined || volume.metadata.deletionTimestamp !== undefined) return
    const claim = await getIfThere(client, PersistentVolumeClaims, volume.spec.claimRef?.namespace ?? '', volume.spec.claimRef?.name ?? '')
    const about = claim ?? volume
    try {
      const { bytes, entries } = await this.#running.run(volume.metadata.uid, signal, (either) => this.#work.fill(name, source, either))
      await client.patch(PersistentVolumes, '', name, 'application/merge-patch+json', { metadata: { uid: volume.metadata.uid, annotations: { [VOLUME_MADE]: 'true' } } })
      this.#recorder.event(about, 'Normal', 'VolumeFilled', `Its data is that of the ${source.kind} "${source.name}" (${String(entries)} files and folders, ${String(bytes)} bytes)`)
    } catch (error) {
      if (!signal.aborted && !hasReason(error, 'NotFound', 'Conflict')) this.#recorder.event(about, 'Warning', 'VolumeNotFilled', `It waits for the data of the ${source.kind} "${source.name}": ${messageOf(error)}`)
      throw error
    }
  }
}

/** What a volume is still to be filled with. */
function sourceOf({ metadata: { annotations } }: Frozen<PersistentVolume>): CopySource | undefined {
  const source = annotations?.[VOLUME_SOURCE]
  return source === undefined || annotations?.[VOLUME_MADE] !== undefined ? undefined : JSON.parse(source) as CopySource
}
