import type { EndpointAddress, Endpoints, Service } from '../../../common/kube/generated/core-v1.ts'
import type { Endpoint, EndpointSlice } from '../../../common/kube/generated/discovery-v1.ts'
import { EndpointSlices, EndpointsResource, Services } from '../../../common/kube/kinds.ts'
import { keyOf, splitKey } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { controllerReference } from '../../../common/kube/owners.ts'
import { SERVICE_NAME, SKIP_MIRROR } from '../../../common/kube/well-known.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import { applyPlan } from './apply.ts'
import type { AddressType, SliceContent } from './compute.ts'
import { foreignNames, MANAGED_BY, planSlices } from './plan.ts'

const MANAGER = 'endpointslicemirroring-controller.k8s.io'

/** The slices that say what a hand-made Endpoints object says; addresses of one family a slice. */
export function mirroredSlices(endpoints: Endpoints): SliceContent[] {
  return (endpoints.subsets ?? []).flatMap((subset) => {
    const ports = (subset.ports ?? []).map((p) => ({ name: p.name ?? '', port: p.port, protocol: p.protocol ?? 'TCP', ...(p.appProtocol === undefined ? {} : { appProtocol: p.appProtocol }) }))
    const all = [...(subset.addresses ?? []).map((a) => endpointOf(a, true)), ...(subset.notReadyAddresses ?? []).map((a) => endpointOf(a, false))]
    return (['IPv4', 'IPv6'] as const).flatMap((addressType: AddressType) => {
      const endpoints = all.filter((e) => e.addresses.some((ip) => ip.includes(':') === (addressType === 'IPv6')))
      return endpoints.length === 0 ? [] : [{ addressType, ports, endpoints }]
    })
  })
}

function endpointOf({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip], conditions: { ready },
    ...(hostname === undefined ? {} : { hostname }), ...(nodeName === undefined ? {} : { nodeName }), ...(targetRef === undefined ? {} : { targetRef }),
  }
}

/** Gives Services without a selector the slices of the Endpoints that people write for them: an outside database, a printer. */
export class EndpointSliceMirror implements Runnable {
  readonly name = 'endpointslice-mirror'
  readonly #context: ControllerContext
  readonly #controller: Controller

  constructor(context: ControllerContext) {
    this.#context = context
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 2, reconcile: (key) => this.#reconcile(key) })
    const changed = (o: Endpoints | Service): void => this.#controller.enqueue(keyOf(o))
    context.informers.for(EndpointsResource).addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed })
    context.informers.for(Services).addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed })
    const sliceChanged = ({ metadata: { labels, namespace = '' } }: EndpointSlice): void => {
      if (labels?.[MANAGED_BY] === MANAGER) this.#controller.enqueue(`${namespace}/${labels[SERVICE_NAME] ?? ''}`)
    }
    context.informers.for(EndpointSlices).addHandler({ onUpdate: sliceChanged, onDelete: sliceChanged })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string): Promise<void> {
    const { client, informers } = this.#context
    const { namespace, name } = splitKey(key)
    const slices = informers.for(EndpointSlices).lister
    const existing = slices.list({ namespace, labels: { [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER } })
    const service = informers.for(Services).lister.getByKey(key)
    const endpoints = informers.for(EndpointsResource).lister.getByKey(key)
    if (endpoints === undefined || service === undefined || !isHandMade(service, endpoints)) return applyPlan(client, { create: [], update: [], delete: existing })
    const labels = { ...endpoints.metadata.labels, [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER }
    await applyPlan(client, planSlices({ namespace, name, labels, reference: controllerReference(EndpointsResource, endpoints) }, mirroredSlices(endpoints), existing, foreignNames(slices, namespace, MANAGER)))
  }
}

function isHandMade(service: Frozen<Service>, endpoints: Frozen<Endpoints>): boolean {
  return Object.keys(service.spec?.selector ?? {}).length === 0 && endpoints.metadata.labels?.[SKIP_MIRROR] !== 'true'
}
