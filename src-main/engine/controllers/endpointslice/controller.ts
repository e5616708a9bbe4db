import type { Service } from '../../../common/kube/generated/core-v1.ts'
import type { EndpointSlice } from '../../../common/kube/generated/discovery-v1.ts'
import { EndpointSlices, Services } from '../../../common/kube/kinds.ts'
import { splitKey } from '../../../common/kube/object.ts'
import { SERVICE_NAME } from '../../../common/kube/well-known.ts'
import type { Lister } from '../../client/informer.ts'
import { deleteIfThere } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { podsBehind, watchServices } from '../service-watcher.ts'
import { Controller } from '../workqueue/controller.ts'
import { computeSlices } from './compute.ts'
import { applyPlan } from './apply.ts'
import { foreignNames, MANAGED_BY, MANAGER, planSlices, serviceOwner } from './plan.ts'

/** Keeps each Service's EndpointSlices as its pods are. */
export class EndpointSliceController implements Runnable {
  readonly name = 'endpointslice-controller'
  readonly #context: ControllerContext
  readonly #controller: Controller
  readonly #services: Lister<Service>
  readonly #slices: Lister<EndpointSlice>

  constructor(context: ControllerContext) {
    this.#context = context
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 8, reconcile: (key) => this.#reconcile(key) })
    this.#services = context.informers.for(Services).lister
    const slices = context.informers.for(EndpointSlices)
    this.#slices = slices.lister
    watchServices(context.informers, (key) => this.#controller.enqueue(key))
    const changed = (slice: EndpointSlice): void => {
      const service = slice.metadata.labels?.[SERVICE_NAME]
      if (service !== undefined && slice.metadata.labels?.[MANAGED_BY] === MANAGER) this.#controller.enqueue(`${slice.metadata.namespace ?? ''}/${service}`)
    }
    slices.addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string): Promise<void> {
    const { namespace, name } = splitKey(key)
    const { client } = this.#context
    const existing = this.#slices.list({ namespace, labels: { [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER } })
    const service = this.#services.getByKey(key)
    const selector = service?.spec?.selector
    if (service === undefined || service.metadata.deletionTimestamp !== undefined || service.spec?.type === 'ExternalName' || Object.keys(selector ?? {}).length === 0) {
      for (const slice of existing) await deleteIfThere(client, EndpointSlices, slice)
      return
    }
    const pods = podsBehind(this.#context.informers, service)
    const plan = planSlices(serviceOwner(service), computeSlices(service, pods), existing.filter((s) => s.metadata.deletionTimestamp === undefined), foreignNames(this.#slices, namespace, MANAGER))
    await applyPlan(client, plan)
  }
}
