import type { Pod, Service } from '../../../common/kube/generated/core-v1.ts'
import type { Endpoint, EndpointPort } from '../../../common/kube/generated/discovery-v1.ts'
import { isPodReady, isPodTerminated, isPodTerminating } from '../../../common/kube/pods.ts'
import { targetPortOf } from '../../../common/kube/service-ports.ts'

/** Endpoints a slice at most. */
const PER_SLICE = 100

export type AddressType = 'IPv4' | 'IPv6'

/** What one EndpointSlice says. */
export interface SliceContent {
  addressType: AddressType
  ports: EndpointPort[]
  endpoints: Endpoint[]
}

/**
 * The slices of a Service: an endpoint for each selected pod that has an address and has not ended. `ready` tells where traffic may go:
 * a pod that is Ready and not being deleted (or any, with publishNotReadyAddresses); an ending pod stops being ready at once and stays as
 * `terminating` until it is gone, `serving` as long as it answers. Pods whose named ports differ in number get slices of their own.
 */
export function computeSlices(service: Service, pods: readonly Pod[]): SliceContent[] {
  return addressTypesOf(service).flatMap((addressType) => {
    const groups = new Map<string, SliceContent>()
    for (const pod of [...pods].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
      const endpoint = endpointOf(service, pod, addressType)
      if (endpoint === undefined) continue
      const ports = portsOf(service, pod)
      const key = JSON.stringify(ports)
      const group = groups.get(key) ?? { addressType, ports, endpoints: [] }
      groups.set(key, group)
      group.endpoints.push(endpoint)
    }
    // A Service without endpoints still has one slice, which says so.
    if (groups.size === 0) return [{ addressType, ports: [], endpoints: [] }]
    return [...groups.values()].flatMap(({ ports, endpoints }) =>
      Array.from({ length: Math.ceil(endpoints.length / PER_SLICE) }, (_, i) => ({ addressType, ports, endpoints: endpoints.slice(i * PER_SLICE, (i + 1) * PER_SLICE) })))
  })
}

/** The address families of a Service; IPv4 when it does not say. */
export function addressTypesOf(service: Service): AddressType[] {
  const families = (service.spec?.ipFamilies ?? []).filter((f): f is AddressType => f === 'IPv4' || f === 'IPv6')
  return families.length > 0 ? families : ['IPv4']
}

/** Is the Service headless (`clusterIP: None`)? */
export function isHeadless(service: Service): boolean {
  return service.spec?.clusterIP === 'None'
}

/** The pod's address of a family; none for the loopback, which a pod on the host's network of a machine without a network has: an endpoint there would be somebody else for everybody else. */
export function addressOf(pod: Pod, type: AddressType): string | undefined {
  const all = pod.status?.podIPs?.map((p) => p.ip) ?? (pod.status?.podIP ? [pod.status.podIP] : [])
  return all.find((ip) => ip.includes(':') === (type === 'IPv6') && !ip.startsWith('127.'))
}

/** The Service's ports on this pod; a named port that the pod lacks is left out. */
export function portsOf(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((port) => {
    const number = targetPortOf(pod, port)
    if (number === undefined) return []
    return [{ name: port.name ?? '', port: number, protocol: port.protocol ?? 'TCP', ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }) }]
  })
}

function endpointOf(service: Service, pod: Pod, type: AddressType): Endpoint | undefined {
  const address = addressOf(pod, type)
  if (address === undefined || isPodTerminated(pod)) return undefined
  const publish = service.spec?.publishNotReadyAddresses === true
  const serving = publish || isPodReady(pod)
  const terminating = isPodTerminating(pod)
  const { name, namespace, uid } = pod.metadata
  const named = pod.spec.hostname && pod.spec.subdomain === service.metadata.name
  return {
    addresses: [address], conditions: { ready: publish || (serving && !terminating), serving, terminating },
    ...(named ? { hostname: pod.spec.hostname ?? '' } : {}), ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: 'Pod', ...(namespace === undefined ? {} : { namespace }), name, uid },
  }
}
