import type { Service } from '../../common/kube/generated/core-v1.ts'
import type { Draft, KubeObject } from '../../common/kube/object.ts'

/**
 * How published ports change hands. The node's rules of the engine come before Docker's (nftables prerouting, priority -110 and -100): a Service with the servers' own addresses as
 * externalIPs, or a node port, takes a port over from whoever publishes it with Docker, all new connections at once, and those that are open stay where they are. Without them the next
 * connection is Docker's again. So both sides may be up, and the Service alone says who is asked.
 */

/** On a Service that is ready to publish its ports and does not: JSON of what it will have. */
export const UNPUBLISHED = 'toque.dev/unpublished'
/** On a Service of a moved app: which of its ports (`8080/TCP`, separated by commas) were published by the containers' own servers only (`mode: host`), for the way back. */
export const HOST_MODE = 'toque.dev/host-mode-ports'

/** How a Service is reached from outside. */
interface Published {
  type?: string
  externalIPs?: string[]
  /** By the port's number and protocol. */
  nodePorts?: Record<string, number>
}

type Like = Pick<Draft<Service & KubeObject>, 'metadata' | 'spec'>

/** Is it reached from outside the cluster, or was it before it was unpublished? */
export function publishes({ metadata, spec }: Like): boolean {
  return metadata.annotations?.[UNPUBLISHED] !== undefined || spec?.type === 'NodePort' || spec?.type === 'LoadBalancer' || (spec?.externalIPs ?? []).length > 0
}

/** A Service that is reached inside the cluster only, and knows how it was reached. Again, it is the same. Pure. */
export function unpublished<T extends Like>(service: T): T {
  if (service.metadata.annotations?.[UNPUBLISHED] !== undefined || !publishes(service)) return service
  const copy = structuredClone(service)
  const { spec = {} } = copy
  const nodePorts = Object.fromEntries((spec.ports ?? []).flatMap((port) => (port.nodePort === undefined ? [] : [[portKey(port), port.nodePort]])))
  const was: Published = {
    ...(spec.type === undefined || spec.type === 'ClusterIP' ? {} : { type: spec.type }), ...((spec.externalIPs ?? []).length === 0 ? {} : { externalIPs: [...spec.externalIPs ?? []] }),
    ...(Object.keys(nodePorts).length === 0 ? {} : { nodePorts }),
  }
  copy.metadata.annotations = { ...copy.metadata.annotations, [UNPUBLISHED]: JSON.stringify(was) }
  spec.type = 'ClusterIP'
  for (const field of ['externalIPs', 'externalTrafficPolicy', 'allocateLoadBalancerNodePorts', 'healthCheckNodePort'] as const) Reflect.deleteProperty(spec, field)
  for (const port of spec.ports ?? []) delete port.nodePort
  return copy
}

/** As it was before. One that is published already stays as it is. Pure. */
export function published<T extends Like>(service: T): T {
  const text = service.metadata.annotations?.[UNPUBLISHED]
  if (text === undefined) return service
  const copy = structuredClone(service)
  const { [UNPUBLISHED]: _, ...annotations } = copy.metadata.annotations ?? {}
  copy.metadata.annotations = annotations
  if (Object.keys(annotations).length === 0) delete copy.metadata.annotations
  const { type, externalIPs, nodePorts } = JSON.parse(text) as Published
  const { spec = {} } = copy
  spec.type = type ?? 'ClusterIP'
  if (externalIPs !== undefined) spec.externalIPs = externalIPs
  for (const port of spec.ports ?? []) {
    const nodePort = nodePorts?.[portKey(port)]
    if (nodePort !== undefined) port.nodePort = nodePort
  }
  return copy
}

function portKey({ port, protocol = 'TCP' }: { port: number; protocol?: string }): string {
  return `${String(port)}/${protocol}`
}

/** The ports of a Service that were in host mode. */
export function hostModePorts({ metadata }: Like): Set<string> {
  return new Set((metadata.annotations?.[HOST_MODE] ?? '').split(',').filter((key) => key !== ''))
}
