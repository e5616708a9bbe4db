import { serviceUnavailable } from './webhook-error.ts'
import type { ServiceReference } from '../../../common/kube/generated/apiextensions-v1.ts'
import type { EndpointSlice } from '../../../common/kube/generated/discovery-v1.ts'
import { EndpointSlices, Services } from '../../../common/kube/kinds.ts'
import type { Lookup } from '../registry/kind.ts'

/** Where a Service leads: a port of a pod, or of an address that is no pod. */
export interface Endpoint {
  readonly pod: { readonly namespace: string; readonly name: string } | undefined
  readonly address: string
  readonly port: number
}

/**
 * The ready endpoints of a Service's port, as its EndpointSlices say: the engine is no pod, so it cannot use the Service's own address.
 * ServiceUnavailable, with the reason, where there are none.
 */
export function endpointsOf(lookup: Pick<Lookup, 'get' | 'list'>, { namespace, name, port = 443 }: ServiceReference): Endpoint[] {
  const service = lookup.get(Services, namespace, name)
  if (service === undefined) throw serviceUnavailable(`service "${name}" not found`)
  const servicePort = service.spec.ports?.find((one) => one.port === port)
  if (servicePort === undefined) throw serviceUnavailable(`no service port ${String(port)} found for service "${name}"`)
  const slices = lookup.list(EndpointSlices, namespace).filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name)
  const found = slices.flatMap((slice) => ready(slice, servicePort.name ?? ''))
  if (found.length === 0) throw serviceUnavailable(`no endpoints available for service "${name}"`)
  return found
}

function ready({ endpoints = [], ports = [], metadata: { namespace = '' } }: Readonly<EndpointSlice>, portName: string): Endpoint[] {
  const port = ports.find((one) => (one.name ?? '') === portName)?.port
  if (port === undefined) return []
  return endpoints.filter(({ conditions }) => conditions?.ready !== false).flatMap(({ addresses, targetRef }) => addresses.slice(0, 1).map((address): Endpoint => ({
    address, port, pod: targetRef?.kind === 'Pod' && targetRef.name !== undefined ? { namespace: targetRef.namespace ?? namespace, name: targetRef.name } : undefined,
  })))
}
