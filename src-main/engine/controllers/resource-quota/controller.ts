import { semanticEqual } from '../../../common/kube/equal.ts'
import type { ResourceQuota } from '../../../common/kube/generated/core-v1.ts'
import { Events, ResourceQuotas } from '../../../common/kube/kinds.ts'
import { keyOf, splitKey } from '../../../common/kube/object.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import { usageOf } from '../../../common/kube/quota-usage.ts'
import { groupResourceOf } from '../../../common/kube/resource.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import { countUsed } from './count.ts'

/** Changes that come together are counted together. */
const SETTLE_MS = 50
/** Kinds whose objects may use more or less when they change. */
const VARIABLE = new Set(['persistentvolumeclaims', 'pods', 'services'])

/** Counts what the objects of a namespace use, for the status of its ResourceQuotas. Admission counts for itself: the status is for people. */
export class ResourceQuotaController implements Runnable {
  readonly name = 'resourcequota-controller'
  readonly #context: ControllerContext
  readonly #resources: readonly Resource[]
  readonly #controller: Controller

  constructor(context: ControllerContext) {
    this.#context = context
    this.#resources = context.resources.filter((r) => r.namespaced && groupResourceOf(r) !== groupResourceOf(Events))
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    context.informers.for(ResourceQuotas).addHandler({
      onAdd: (q) => this.#controller.enqueue(keyOf(q)),
      onUpdate: (q, old) => {
        if (!semanticEqual(q.spec, old.spec)) this.#controller.enqueue(keyOf(q))
        // Somebody else may have written it.
        else if (!semanticEqual(q.status, old.status)) this.#controller.enqueueAfter(keyOf(q), SETTLE_MS)
      },
    })
    for (const resource of this.#resources) {
      const changed = (object: Frozen<KubeObject>): void => this.#recount(object)
      const varies = VARIABLE.has(groupResourceOf(resource))
      context.informers.for(resource).addHandler({
        onAdd: changed, onDelete: changed,
        ...(varies ? { onUpdate: (object, old) => this.#quotasOf(object).length > 0 && !semanticEqual(usageOf(resource, object), usageOf(resource, old)) && this.#recount(object) } : {}),
      })
    }
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  #quotasOf(object: Frozen<KubeObject>): Frozen<ResourceQuota>[] {
    return this.#context.informers.for(ResourceQuotas).lister.list({ namespace: object.metadata.namespace ?? '' })
  }

  #recount(object: Frozen<KubeObject>): void {
    for (const quota of this.#quotasOf(object)) this.#controller.enqueueAfter(keyOf(quota), SETTLE_MS)
  }

  async #reconcile(key: string): Promise<void> {
    const { client, informers } = this.#context
    const quota = informers.for(ResourceQuotas).lister.getByKey(key)
    if (quota === undefined || quota.metadata.deletionTimestamp !== undefined) return
    const { namespace } = splitKey(key)
    const used = countUsed(quota, this.#resources.map((resource) => ({ resource, objects: () => informers.for(resource).lister.list({ namespace }) })))
    const status = { hard: { ...quota.spec.hard }, used }
    if (!semanticEqual(quota.status, status)) await client.updateStatus(ResourceQuotas, { ...quota, status })
  }
}
