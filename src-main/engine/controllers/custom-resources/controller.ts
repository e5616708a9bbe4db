import { timestamp } from '../../../common/clock.ts'
import { findCondition, isConditionTrue, withCondition } from '../../../common/kube/conditions.ts'
import { CLEANUP_FINALIZER, resourceOfDefinition } from '../../../common/kube/custom-resources.ts'
import type { CustomResourceDefinition } from '../../../common/kube/generated/apiextensions-v1.ts'
import { CustomResourceDefinitions } from '../../../common/kube/kinds.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { Lister } from '../../client/informer.ts'
import { dropFinalizer } from '../../client/finalizers.ts'
import { deleteIfThere, ignoreMissing } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'

/**
 * Ends custom kinds: deletes all objects of a definition that is being deleted, waits for their finalizers, and lets it go. And has the API look again at
 * definitions that another one kept from a name, when that one is gone. Keys are definitions' names.
 */
export class CustomResourceController implements Runnable {
  readonly name = 'custom-resource-controller'
  readonly #context: ControllerContext
  readonly #controller: Controller
  readonly #definitions: Lister<CustomResourceDefinition>
  readonly #followed = new Set<string>()

  constructor(context: ControllerContext) {
    this.#context = context
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    const definitions = context.informers.for(CustomResourceDefinitions)
    this.#definitions = definitions.lister
    const look = (definition: Frozen<CustomResourceDefinition>): void => {
      if (definition.metadata.deletionTimestamp !== undefined || isRefused(definition)) this.#controller.enqueue(definition.metadata.name)
    }
    const free = ({ spec, metadata }: Frozen<CustomResourceDefinition>): void => {
      this.#followed.delete(metadata.name)
      for (const other of this.#definitions.list()) if (other.spec.group === spec.group && isRefused(other)) this.#controller.enqueue(other.metadata.name)
    }
    definitions.addHandler({
      onAdd: look, onDelete: free,
      onUpdate(definition, old) {
        look(definition)
        // It may have given a name up.
        if (JSON.stringify(definition.status?.acceptedNames) !== JSON.stringify(old.status?.acceptedNames)) free(definition)
      },
    })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(name: string): Promise<void> {
    const definition = this.#definitions.get('', name)
    if (definition === undefined) return
    if (definition.metadata.deletionTimestamp === undefined) {
      // The API decides about names at every write; where nothing changes, nothing is written.
      if (isRefused(definition)) await this.#context.client.update(CustomResourceDefinitions, definition)
      return
    }
    if (definition.metadata.finalizers?.includes(CLEANUP_FINALIZER) !== true) return
    const left = await this.#empty(definition)
    if (left > 0) return this.#showWaiting(definition, left)
    await ignoreMissing(dropFinalizer(this.#context.client, CustomResourceDefinitions, definition, CLEANUP_FINALIZER))
  }

  /** Deletes all objects; resolves with how many are still there. */
  async #empty(definition: Frozen<CustomResourceDefinition>): Promise<number> {
    const resource = resourceOfDefinition(definition)
    if (resource === undefined) return 0
    const { client } = this.#context
    const objects = (await client.list(resource)).items
    const going = objects.filter((object) => object.metadata.deletionTimestamp === undefined)
    await Promise.all(going.map((object) => deleteIfThere(client, resource, object, { propagationPolicy: 'Background' })))
    if (objects.length === 0) return 0
    const left = (await client.list(resource)).items.length
    if (left > 0) this.#follow(definition.metadata.name, resource)
    return left
  }

  /** Each object that goes may have been the last. */
  #follow(name: string, resource: Resource): void {
    if (this.#followed.has(name)) return
    this.#followed.add(name)
    this.#context.informers.for<KubeObject>(resource).addHandler({ onDelete: () => this.#controller.enqueue(name) })
  }

  async #showWaiting(definition: Frozen<CustomResourceDefinition>, left: number): Promise<void> {
    const known = findCondition(definition.status?.conditions, 'Terminating')
    if (known?.reason === 'InstanceDeletionInProgress') return
    const conditions = withCondition(definition.status?.conditions, {
      type: 'Terminating', status: 'True', reason: 'InstanceDeletionInProgress', message: `CustomResource deletion is in progress: ${String(left)} left`, lastTransitionTime: timestamp(this.#context.clock.now()),
    })
    await ignoreMissing(this.#context.client.updateStatus(CustomResourceDefinitions, { ...definition, status: { ...definition.status, conditions } }))
  }
}

/** Was it kept from a name? */
function isRefused({ status }: Frozen<CustomResourceDefinition>): boolean {
  return !isConditionTrue(status?.conditions, 'NamesAccepted')
}
