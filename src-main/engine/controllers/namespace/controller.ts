import { timestamp } from '../../../common/clock.ts'
import { hasReason, StatusError } from '../../../common/errors.ts'
import { withCondition } from '../../../common/kube/conditions.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { Namespace, NamespaceCondition } from '../../../common/kube/generated/core-v1.ts'
import { Namespaces } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { groupResourceOf } from '../../../common/kube/resource.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { Lister } from '../../client/informer.ts'
import { deleteIfThere } from '../../client/retry.ts'
import { kindsOf } from '../context.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'

const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease']
const FINALIZER = 'kubernetes'

/** Makes the first namespaces; empties a namespace that is being deleted and then lets it go. */
export class NamespaceController implements Runnable {
  readonly name = 'namespace-controller'
  readonly #context: ControllerContext
  readonly #controller: Controller
  readonly #namespaces: Lister<Namespace>

  constructor(context: ControllerContext) {
    this.#context = context
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    const namespaces = context.informers.for(Namespaces)
    this.#namespaces = namespaces.lister
    const changed = (n: Frozen<Namespace>): void => {
      if (n.metadata.deletionTimestamp !== undefined) this.#controller.enqueue(n.metadata.name)
    }
    namespaces.addHandler({ onAdd: changed, onUpdate: changed, onDelete: (n) => SYSTEM_NAMESPACES.includes(n.metadata.name) && this.#controller.enqueue(n.metadata.name) })
    for (const resource of context.resources) this.#follow(resource)
    context.custom?.follow({ onAdd: (resource) => this.#follow(resource) })
  }

  /** What of the kinds can be in a namespace. */
  get #contents(): Resource[] {
    return kindsOf(this.#context).filter((resource) => resource.namespaced)
  }

  /** Each thing that goes may have been the last. */
  #follow(resource: Resource): void {
    if (!resource.namespaced) return
    this.#context.informers.for(resource).addHandler({
      onDelete: ({ metadata: { namespace = '' } }) => this.#namespaces.get('', namespace)?.metadata.deletionTimestamp !== undefined && this.#controller.enqueue(namespace),
    })
  }

  start(): void {
    for (const name of SYSTEM_NAMESPACES) this.#controller.enqueue(name)
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(name: string): Promise<void> {
    const namespace = this.#namespaces.get('', name)
    if (namespace === undefined && SYSTEM_NAMESPACES.includes(name)) return this.#create(name)
    if (namespace?.metadata.deletionTimestamp === undefined) return
    const remaining = await this.#empty(name)
    if (remaining.length > 0) return this.#showRemaining(namespace, remaining)
    const finalizers = namespace.spec?.finalizers?.filter((f) => f !== FINALIZER) ?? []
    if (finalizers.length !== (namespace.spec?.finalizers?.length ?? 0)) await this.#context.client.finalizeNamespace({ ...namespace, spec: { finalizers } })
  }

  async #create(name: string): Promise<void> {
    try {
      await this.#context.client.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {} })
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error
    }
  }

  /** Deletes what is there; resolves with what is still there after, in words. Reads the API itself: a cache could be a moment behind. */
  async #empty(namespace: string): Promise<string[]> {
    const { client } = this.#context
    const remaining: string[] = []
    for (const resource of this.#contents) {
      const { items } = await client.list(resource, { namespace })
      const going = items.filter((o) => o.metadata.deletionTimestamp === undefined)
      const results = await Promise.allSettled(going.map((o) => deleteIfThere(client, resource, o, { propagationPolicy: 'Background' })))
      const failed = results.find((r) => r.status === 'rejected')
      if (failed !== undefined) throw new StatusError('InternalError', `${groupResourceOf(resource)} in namespace ${namespace} cannot be deleted: ${String(failed.reason)}`)
      const left = items.length === 0 ? 0 : (await client.list(resource, { namespace })).items.length
      if (left > 0) remaining.push(`${groupResourceOf(resource)} has ${String(left)} resource instances`)
    }
    return remaining
  }

  async #showRemaining(namespace: Frozen<Namespace>, remaining: readonly string[]): Promise<void> {
    const condition: NamespaceCondition = {
      type: 'NamespaceContentRemaining', status: 'True', reason: 'SomeResourcesRemain', message: `Some resources are remaining: ${remaining.join(', ')}`,
      lastTransitionTime: timestamp(this.#context.clock.now()),
    }
    const conditions = withCondition(namespace.status?.conditions, condition)
    if (semanticEqual(conditions, namespace.status?.conditions)) return
    await this.#context.client.updateStatus(Namespaces, { ...namespace, status: { ...namespace.status, conditions } })
  }
}
