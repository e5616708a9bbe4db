import { isIPv4 } from 'node:net'
import type { Service, ServicePort } from '../../common/kube/generated/core-v1.ts'
import type { Endpoint, EndpointSlice } from '../../common/kube/generated/discovery-v1.ts'
import { SERVICE_NAME } from '../../common/kube/well-known.ts'

/** One address that a Service's traffic may go to. */
export interface Backend {
  ip: string
  port: number
  /** Does it run on this node? */
  local: boolean
  /** Its pod is ending; it is used only because nothing else is left. */
  ending: boolean
}

export type Protocol = 'tcp' | 'udp' | 'sctp'

/** One port of one Service as a node has to serve it. */
export interface ServicePortModel {
  /** `namespace/name:port`, for people who read the rules. */
  name: string
  protocol: Protocol
  port: number
  /** The cluster IP; '' for a Service without one. */
  clusterIP: string
  externalIPs: string[]
  /** 0: none. */
  nodePort: number
  /** A client address stays with one backend (sessionAffinity: ClientIP). */
  sticky: boolean
  /** For traffic from inside the cluster; in a fixed order. */
  internal: Backend[]
  /** For traffic from outside, to the node port and external IPs. */
  external: Backend[]
  /** Where `external` must stay on this node (externalTrafficPolicy: Local), so that the client's address is kept. */
  externalLocal: boolean
  /** All backends wherever they are: for the cluster's own traffic to the node port, whatever the external policy. */
  all: Backend[]
}

/** What the rules are made of. */
export interface ServiceInput {
  services: readonly Service[]
  slices: readonly EndpointSlice[]
  nodeName: string
  /** UIDs of pods whose deletion has begun: they leave the rules at once, without waiting for the EndpointSlice to say so. */
  endingPods: ReadonlySet<string>
  /** Nodes to whose pods nothing is sent while there are others; see `silent-nodes.ts`. */
  avoidedNodes: ReadonlySet<string>
}

/** EndpointSlices (IPv4) by `namespace/service`. */
export function slicesByService(slices: readonly EndpointSlice[]): Map<string, EndpointSlice[]> {
  const found = new Map<string, EndpointSlice[]>()
  for (const slice of slices) {
    const name = slice.metadata.labels?.[SERVICE_NAME]
    if (name === undefined || slice.addressType !== 'IPv4') continue
    const key = `${slice.metadata.namespace ?? ''}/${name}`
    const list = found.get(key)
    if (list === undefined) found.set(key, [slice])
    else list.push(slice)
  }
  return found
}

/** Has the endpoint's pod begun to end, by the slice's word or the pod's own? */
export function isEnding(endpoint: Endpoint, endingPods: ReadonlySet<string>): boolean {
  return endpoint.conditions?.terminating === true || (endpoint.targetRef?.uid !== undefined && endingPods.has(endpoint.targetRef.uid))
}

/** Every Service port that has an address, with the backends its traffic goes to. Sorted by name; headless and external names are DNS' matter. */
export function serviceModel(input: ServiceInput): ServicePortModel[] {
  const slices = slicesByService(input.slices)
  const models: ServicePortModel[] = []
  for (const service of input.services) {
    const { spec } = service
    if (spec?.clusterIP === undefined || spec.clusterIP === '' || spec.clusterIP === 'None' || spec.type === 'ExternalName') continue
    if (spec.clusterIP.includes(':')) continue
    const key = `${service.metadata.namespace ?? ''}/${service.metadata.name}`
    for (const port of spec.ports ?? []) models.push(portModel(key, service, port, slices.get(key) ?? [], input))
  }
  return models.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function portModel(key: string, service: Service, port: ServicePort, slices: readonly EndpointSlice[], input: ServiceInput): ServicePortModel {
  const spec = service.spec ?? {}
  // The Service's own address (as the one of the Service `kubernetes`) would lead back here.
  const candidates = candidatesOf(port, slices).filter(({ endpoint }) => endpoint.addresses[0] !== spec.clusterIP)
  const choose = (localOnly: boolean): Backend[] => choice(candidates, localOnly, input)
  const externalLocal = spec.externalTrafficPolicy === 'Local'
  const all = choose(false)
  return {
    name: `${key}:${port.name ?? String(port.port)}`,
    protocol: (port.protocol ?? 'TCP').toLowerCase() as Protocol,
    port: port.port,
    clusterIP: spec.clusterIP ?? '',
    externalIPs: (spec.externalIPs ?? []).filter(isIPv4),
    nodePort: port.nodePort ?? 0,
    sticky: spec.sessionAffinity === 'ClientIP',
    internal: spec.internalTrafficPolicy === 'Local' ? choose(true) : all,
    external: externalLocal ? choose(true) : all,
    externalLocal,
    all,
  }
}

function candidatesOf(port: ServicePort, slices: readonly EndpointSlice[]): { endpoint: Endpoint; port: number }[] {
  return slices.flatMap((slice) => {
    const target = slice.ports?.find((p) => (p.name ?? '') === (port.name ?? '') && (p.protocol ?? 'TCP') === (port.protocol ?? 'TCP'))
    return target?.port === undefined ? [] : slice.endpoints.filter(isReachable).map((endpoint) => ({ endpoint, port: target.port ?? 0 }))
  })
}

/**
 * Is the endpoint somewhere that a node may send packets to? The API refuses others; what an API before this one has stored must neither cost a node all its rules nor lead pods to the
 * server's own loopback.
 */
export function isReachable({ addresses: [ip = ''] }: Endpoint): boolean {
  return isIPv4(ip) && !ip.startsWith('127.')
}

/** Where traffic for one port of a Service (with these slices) may go, on whichever node it is; also of a headless Service. In a fixed order. */
export function backendsOf(port: ServicePort, slices: readonly EndpointSlice[], input: Omit<ServiceInput, 'services' | 'slices'>): Backend[] {
  return choice(candidatesOf(port, slices), false, input)
}

/**
 * The ready backends; where none is ready, those that end but still serve (upstream's rule for terminating endpoints: better a
 * pod on its way out than nobody); last, those on servers that do not answer us, which may still answer others.
 */
function choice(candidates: readonly { endpoint: Endpoint; port: number }[], localOnly: boolean, input: Omit<ServiceInput, 'services' | 'slices'>): Backend[] {
  const ready = new Map<string, Backend>()
  const ending = new Map<string, Backend>()
  const avoided = new Map<string, Backend>()
  for (const { endpoint, port } of candidates) {
    const local = endpoint.nodeName === input.nodeName
    if (localOnly && !local) continue
    const leaving = isEnding(endpoint, input.endingPods)
    const serves = leaving ? (endpoint.conditions?.serving ?? endpoint.conditions?.ready ?? true) : (endpoint.conditions?.ready ?? true)
    const ip = endpoint.addresses[0]
    if (!serves || ip === undefined) continue
    const list = input.avoidedNodes.has(endpoint.nodeName ?? '') ? avoided : leaving ? ending : ready
    list.set(`${ip}:${String(port)}`, { ip, port, local, ending: leaving })
  }
  const chosen = [ready, ending].find((list) => list.size > 0) ?? avoided
  return [...chosen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, backend]) => backend)
}

/** Addresses that new connections are sent to because their pods are ready: a pod with one of these is not drained. */
export function servingAddresses(models: readonly ServicePortModel[]): Set<string> {
  const addresses = new Set<string>()
  for (const model of models) {
    for (const backends of [model.internal, model.external, model.all]) {
      for (const backend of backends) if (!backend.ending) addresses.add(backend.ip)
    }
  }
  return addresses
}
