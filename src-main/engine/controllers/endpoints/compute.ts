import type { EndpointAddress, EndpointSubset, Pod, Service } from '../../../common/kube/generated/core-v1.ts'
import { isPodReady, isPodTerminated, isPodTerminating } from '../../../common/kube/pods.ts'
import { addressOf, addressTypesOf, portsOf } from '../endpointslice/compute.ts'

/** Addresses that one Endpoints object holds at most; the rest is in the EndpointSlices only. */
const MOST = 1000

/**
 * The subsets of a Service's Endpoints object, the older form of its EndpointSlices: pods with the same ports together, ready addresses apart
 * from those that are not. An ending pod is in neither, unless the Service publishes whatever there is.
 */
export function computeSubsets(service: Service, pods: readonly Pod[]): EndpointSubset[] {
  const publish = service.spec?.publishNotReadyAddresses === true
  const family = addressTypesOf(service)[0] ?? 'IPv4'
  const groups = new Map<string, Required<EndpointSubset>>()
  let count = 0
  for (const pod of [...pods].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    const ip = addressOf(pod, family)
    if (ip === undefined || isPodTerminated(pod) || (isPodTerminating(pod) && !publish) || ++count > MOST) continue
    const ports = portsOf(service, pod).map(({ name, port = 0, ...rest }) => ({ ...(name ? { name } : {}), port, ...rest }))
    const key = JSON.stringify(ports)
    const group = groups.get(key) ?? { addresses: [], notReadyAddresses: [], ports }
    groups.set(key, group)
    const ready = publish || isPodReady(pod)
    ;(ready ? group.addresses : group.notReadyAddresses).push(addressFor(service, pod, ip))
  }
  return [...groups.values()].map(withoutEmpty)
}

function addressFor(service: Service, pod: Pod, ip: string): EndpointAddress {
  const { name, namespace, uid } = pod.metadata
  const named = pod.spec.hostname && pod.spec.subdomain === service.metadata.name
  return {
    ip, ...(named ? { hostname: pod.spec.hostname ?? '' } : {}), ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: 'Pod', name, uid, ...(namespace === undefined ? {} : { namespace }) },
  }
}

function withoutEmpty({ addresses, notReadyAddresses, ports }: Required<EndpointSubset>): EndpointSubset {
  return { ...(addresses.length > 0 ? { addresses } : {}), ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}), ...(ports.length > 0 ? { ports } : {}) }
}
