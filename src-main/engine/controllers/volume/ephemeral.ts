import { hasReason } from '../../../common/errors.ts'
import type { PersistentVolumeClaim, Pod, Volume } from '../../../common/kube/generated/core-v1.ts'
import { PersistentVolumeClaims, Pods } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Draft, Frozen } from '../../../common/kube/object.ts'
import { controllerReference, isControlledBy } from '../../../common/kube/owners.ts'
import { isPodTerminating } from '../../../common/kube/pods.ts'
import { claimNameOf } from '../../../common/kube/volumes.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller, TerminalError } from '../workqueue/controller.ts'

/** Makes the claims of pods' ephemeral volumes from their templates. The pod owns them, so they go with it. */
export class EphemeralVolumes implements Runnable {
  readonly name = 'ephemeral-volume-controller'
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #controller: Controller

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    context.informers.for(Pods).addHandler({ onAdd: (pod) => {
      if (pod.spec.volumes?.some((v) => v.ephemeral !== undefined) === true) this.#controller.enqueue(keyOf(pod))
    } })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string): Promise<void> {
    const pod = this.#context.informers.for(Pods).lister.getByKey(key)
    if (pod === undefined || isPodTerminating(pod)) return
    for (const volume of pod.spec.volumes ?? []) if (volume.ephemeral !== undefined) await this.#ensure(pod, volume)
  }

  async #ensure(pod: Frozen<Pod>, volume: Volume): Promise<void> {
    const { client } = this.#context
    const draft = claimFor(pod, volume)
    if (draft === undefined) return
    try {
      await client.create(PersistentVolumeClaims, draft)
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error
      const there = await client.get(PersistentVolumeClaims, pod.metadata.namespace ?? '', draft.metadata.name ?? '')
      if (isControlledBy(there, pod)) return
      const message = `PVC ${pod.metadata.namespace ?? ''}/${there.metadata.name} was not created for pod ${pod.metadata.namespace ?? ''}/${pod.metadata.name} (pod is not owner)`
      this.#recorder.event(pod, 'Warning', 'FailedBinding', message)
      throw new TerminalError(message)
    }
  }
}

/** The claim of an ephemeral volume of a pod; undefined without a template. Pure. */
function claimFor(pod: Frozen<Pod>, volume: Volume): Draft<PersistentVolumeClaim> | undefined {
  const template = volume.ephemeral?.volumeClaimTemplate
  const name = claimNameOf(pod, volume)
  if (template === undefined || name === undefined) return undefined
  const { labels, annotations } = template.metadata ?? {}
  const metadata = {
    name, namespace: pod.metadata.namespace ?? '', ownerReferences: [controllerReference(Pods, pod)],
    ...(labels === undefined ? {} : { labels: { ...labels } }), ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
  }
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec: structuredClone(template.spec) }
}
