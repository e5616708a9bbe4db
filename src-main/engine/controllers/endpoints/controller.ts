import { semanticEqual } from '../../../common/kube/equal.ts'
import type { Endpoints, Service } from '../../../common/kube/generated/core-v1.ts'
import { EndpointsResource, Services } from '../../../common/kube/kinds.ts'
import { keyOf, splitKey } from '../../../common/kube/object.ts'
import { HEADLESS, SKIP_MIRROR } from '../../../common/kube/well-known.ts'
import type { Lister } from '../../client/informer.ts'
import { deleteIfThere } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { isHeadless } from '../endpointslice/compute.ts'
import { podsBehind, watchServices } from '../service-watcher.ts'
import { Controller } from '../workqueue/controller.ts'
import { computeSubsets } from './compute.ts'

/** Keeps each Service's Endpoints object, which older clients (and `kubectl get endpoints`) read. */
export class EndpointsController implements Runnable {
  readonly name = 'endpoints-controller'
  readonly #context: ControllerContext
  readonly #controller: Controller
  readonly #services: Lister<Service>
  readonly #endpoints: Lister<Endpoints>

  constructor(context: ControllerContext) {
    this.#context = context
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    this.#services = context.informers.for(Services).lister
    const endpoints = context.informers.for(EndpointsResource)
    this.#endpoints = endpoints.lister
    watchServices(context.informers, (key) => this.#controller.enqueue(key))
    const changed = (e: Endpoints): void => this.#controller.enqueue(keyOf(e))
    endpoints.addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string): Promise<void> {
    const { client } = this.#context
    const { namespace, name } = splitKey(key)
    const service = this.#services.getByKey(key)
    const existing = this.#endpoints.getByKey(key)
    if (service === undefined) {
      // Only what was ours: Endpoints made by hand live as long as their maker wants.
      if (existing?.metadata.labels?.[SKIP_MIRROR] !== undefined) await deleteIfThere(client, EndpointsResource, existing)
      return
    }
    const { selector = {}, type } = service.spec ?? {}
    if (Object.keys(selector).length === 0 || type === 'ExternalName' || service.metadata.deletionTimestamp !== undefined) return
    const subsets = computeSubsets(service, podsBehind(this.#context.informers, service))
    const labels = { ...service.metadata.labels, [SKIP_MIRROR]: 'true', ...(isHeadless(service) ? { [HEADLESS]: '' } : {}) }
    if (existing === undefined) await client.create(EndpointsResource, { apiVersion: 'v1', kind: 'Endpoints', metadata: { name, namespace, labels }, subsets })
    else if (!semanticEqual(existing.subsets, subsets) || !semanticEqual(existing.metadata.labels, labels)) {
      await client.update(EndpointsResource, { ...existing, metadata: { ...existing.metadata, labels }, subsets })
    }
  }
}
