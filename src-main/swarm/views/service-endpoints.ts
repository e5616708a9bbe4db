import type { Endpoint } from '../../common/contract/index.ts'
import { urlOf } from '../../common/views/url-of.ts'
import type { PortConfig } from '../docker/specs.ts'
import type { SwarmNode, SwarmService, SwarmTask } from '../docker/types.ts'
import { shortName } from './refs.ts'

/** Where a node is reached; a manager's own report may say 0.0.0.0. */
export function addressOf({ Status, ManagerStatus }: SwarmNode): string {
  const address = Status.Addr ?? ''
  if (address !== '' && address !== '0.0.0.0' && address !== '127.0.0.1') return address
  return ManagerStatus?.Addr?.replace(/:\d+$/, '').replace(/^\[|\]$/g, '') ?? address
}

/** Where a service is reached: its published ports (`ingress` on every ready node, `host` where its tasks are), and its address inside the swarm's networks. Pure. */
export function endpointsOf(service: SwarmService, nodes: readonly SwarmNode[], running: readonly SwarmTask[]): Endpoint[] {
  const ready = nodes.filter(({ Status }) => Status.State === 'ready').map(addressOf).filter((address) => address !== '')
  const published = (service.Endpoint?.Ports ?? service.Spec.EndpointSpec?.Ports ?? []).filter(({ PublishMode }) => PublishMode !== 'host')
  const ingress = published.flatMap((port) => endpoint('NodePort', port, ready[0]))
  const byId = new Map(nodes.map((node) => [node.ID, node]))
  // A port that was left to Docker is another one on each node: the tasks know it.
  const host = running.flatMap(({ NodeID = '', Status }) => {
    const node = byId.get(NodeID)
    return (Status.PortStatus?.Ports ?? []).filter(({ PublishMode }) => PublishMode === 'host').flatMap((port) => endpoint('HostPort', port, node === undefined ? undefined : addressOf(node)))
  })
  const inside = (service.Endpoint?.VirtualIPs ?? []).flatMap(({ Addr }) => published.flatMap(({ TargetPort, Protocol }): Endpoint[] => (
    Addr === undefined || TargetPort === undefined ? [] : [{ kind: 'ClusterIP', name: shortName(service), protocol: protocolOf(Protocol), address: Addr.split('/')[0] ?? '', port: TargetPort }]
  )))
  // Docker tells a port once for IPv4 and once for IPv6.
  return [...new Map([...ingress, ...host, ...inside].map((one) => [JSON.stringify(one), one])).values()]
}

function endpoint(kind: 'NodePort' | 'HostPort', { Name = '', Protocol, PublishedPort }: PortConfig, address: string | undefined): Endpoint[] {
  if (PublishedPort === undefined || PublishedPort === 0 || address === undefined || address === '') return []
  const protocol = protocolOf(Protocol)
  return [{ kind, name: Name, protocol, address, port: PublishedPort, ...urlOf(protocol, address, PublishedPort) }]
}

function protocolOf(protocol: PortConfig['Protocol']): Endpoint['protocol'] {
  return (protocol ?? 'tcp').toUpperCase() as Endpoint['protocol']
}
