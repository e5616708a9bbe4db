import type { Endpoint } from '../../common/contract/index.ts'
import type { Service } from '../../common/kube/generated/core-v1.ts'
import { matchesLabels } from '../../common/kube/labels.ts'
import { urlOf } from '../../common/views/url-of.ts'
import type { AppObject } from './workload.ts'

/** Where an app can be reached: by the services that select its pods, and by its own host ports. `nodeAddresses`: of the nodes, the desk's own first. */
export function endpointsOf(app: Readonly<AppObject>, services: readonly Readonly<Service>[], nodeAddresses: readonly string[]): Endpoint[] {
  const labels = app.spec?.template?.metadata?.labels
  const selecting = services.filter((s) => s.metadata.namespace === app.metadata.namespace && Object.keys(s.spec?.selector ?? {}).length > 0 && matchesLabels(labels, s.spec?.selector))
  return [...selecting.flatMap((service) => ofService(service, nodeAddresses)), ...ofHostPorts(app, nodeAddresses)]
}

function ofService(service: Readonly<Service>, nodeAddresses: readonly string[]): Endpoint[] {
  const { clusterIP = '', ports = [], type } = service.spec ?? {}
  const [node] = nodeAddresses
  return ports.flatMap((port): Endpoint[] => {
    const protocol = (port.protocol ?? 'TCP') as Endpoint['protocol']
    const inside: Endpoint = { kind: 'ClusterIP', name: service.metadata.name, protocol, address: clusterIP === 'None' ? '' : clusterIP, port: port.port }
    if ((type !== 'NodePort' && type !== 'LoadBalancer') || port.nodePort === undefined || node === undefined) return [inside]
    return [{ kind: 'NodePort', name: service.metadata.name, protocol, address: node, port: port.nodePort, ...urlOf(protocol, node, port.nodePort) }, inside]
  })
}

function ofHostPorts(app: Readonly<AppObject>, nodeAddresses: readonly string[]): Endpoint[] {
  const [node] = nodeAddresses
  const ports = (app.spec?.template?.spec?.containers ?? []).flatMap((c) => c.ports ?? [])
  return ports.flatMap((port): Endpoint[] => {
    if (port.hostPort === undefined || node === undefined) return []
    const protocol = (port.protocol ?? 'TCP') as Endpoint['protocol']
    return [{ kind: 'HostPort', name: port.name ?? '', protocol, address: node, port: port.hostPort, ...urlOf(protocol, node, port.hostPort) }]
  })
}
