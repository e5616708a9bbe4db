import type { PersistentVolume } from '../../../common/kube/generated/core-v1.ts'
import { Nodes, PersistentVolumes } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { DOCKER_VOLUME_FINALIZER, dockerVolumeOf } from '../../../common/kube/volumes.ts'
import { dropFinalizer } from '../../client/finalizers.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'

/** Lets go of deleted volumes whose server is not part of the cluster any more: nobody will remove their data, which stays there. */
export class DesertedVolumes implements Runnable {
  readonly name = 'toque.dev/deserted-volumes-controller'
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #controller: Controller

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    const volumes = context.informers.for(PersistentVolumes)
    const changed = (volume: Frozen<PersistentVolume>): void => {
      if (volume.metadata.deletionTimestamp !== undefined) this.#controller.enqueue(volume.metadata.name)
    }
    volumes.addHandler({ onAdd: changed, onUpdate: changed })
    context.informers.for(Nodes).addHandler({ onDelete: () => volumes.lister.list().forEach(changed) })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(name: string): Promise<void> {
    const { client, informers } = this.#context
    const volume = informers.for(PersistentVolumes).lister.get('', name)
    if (volume?.metadata.deletionTimestamp === undefined || volume.metadata.finalizers?.includes(DOCKER_VOLUME_FINALIZER) !== true || volume.status?.phase === 'Bound') return
    const on = dockerVolumeOf(volume)
    if (on !== undefined && informers.for(Nodes).lister.get('', on.node) !== undefined) return
    if (on !== undefined) this.#recorder.event(volume, 'Warning', 'VolumeLeftBehind', `The Docker volume ${on.name} stays on server ${on.node}, which is not part of the cluster any more.`)
    await dropFinalizer(client, PersistentVolumes, volume, DOCKER_VOLUME_FINALIZER)
  }
}
