import { ipToNumber, numberToIp } from '../../../common/ipv4.ts'
import type { Service } from '../../../common/kube/generated/core-v1.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import type { Reservation } from './kind.ts'
import { type ServicePools, NODE_PORTS, SERVICE_CIDR } from './service-pools.ts'

interface Held {
  ip: string | undefined
  /** `TCP/30080`. */
  ports: Set<string>
}

/** Does the type give the Service a cluster IP, and node ports? */
export function needsOf(service: Readonly<Service>): { ip: boolean; ports: boolean } {
  const { type, clusterIP, allocateLoadBalancerNodePorts } = service.spec ?? {}
  const ip = type !== 'ExternalName' && clusterIP !== 'None'
  return { ip, ports: type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false) }
}

/** Takes a Service's IP and ports, choosing where it names none, and writes them into it. */
export function reserveFor(pools: ServicePools, service: Service, old: Readonly<Service> | undefined, errors: FieldErrors): Reservation {
  const before = heldBy(old)
  const undo: (() => void)[] = []
  const needs = needsOf(service)
  if (needs.ip) reserveIp(pools, service, before, undo, errors)
  if (needs.ports) reservePorts(pools, service, before, undo, errors)
  return {
    undo: () => undo.splice(0).forEach((step) => step()),
    keep() {
      const after = heldBy(service)
      if (before.ip !== undefined && before.ip !== after.ip) freeIp(pools, before.ip)
      for (const port of before.ports) if (!after.ports.has(port)) freePort(pools, port)
    },
  }
}

/** Gives back all that a Service held. */
export function releaseFor(pools: ServicePools, service: Readonly<Service>): void {
  const { ip, ports } = heldBy(service)
  if (ip !== undefined) freeIp(pools, ip)
  for (const port of ports) freePort(pools, port)
}

function reserveIp(pools: ServicePools, service: Service, before: Held, undo: (() => void)[], errors: FieldErrors): void {
  const { spec } = service
  if (spec.clusterIP === before.ip && before.ip !== undefined) return
  if (spec.clusterIP) {
    const wanted = ipToNumber(spec.clusterIP)
    const pool = pools.ips()
    if (wanted === undefined || !pool.contains(wanted)) errors.invalid('spec.clusterIPs', [spec.clusterIP], `failed to allocate IP ${spec.clusterIP}: the provided IP (${spec.clusterIP}) is not in the valid range. The range of valid IPs is ${SERVICE_CIDR}`)
    else if (!pool.take(wanted)) errors.invalid('spec.clusterIPs', [spec.clusterIP], `failed to allocate IP ${spec.clusterIP}: provided IP is already allocated`)
    else undo.push(() => pool.free(wanted))
    return
  }
  const chosen = pools.anyIp()
  if (chosen === undefined) {
    errors.invalid('spec.clusterIPs', [], `failed to allocate a serviceIP: range is full (${SERVICE_CIDR})`)
    return
  }
  undo.push(() => pools.ips().free(chosen))
  spec.clusterIP = numberToIp(chosen)
  spec.clusterIPs = [spec.clusterIP]
}

function reservePorts(pools: ServicePools, service: Service, before: Held, undo: (() => void)[], errors: FieldErrors): void {
  service.spec.ports?.forEach((port, i) => {
    const protocol = port.protocol ?? 'TCP'
    const pool = pools.ports(protocol)
    const path = `spec.ports[${String(i)}].nodePort`
    if (port.nodePort) {
      const wanted = port.nodePort
      if (before.ports.has(`${protocol}/${String(wanted)}`)) return
      if (!pool.contains(wanted)) errors.invalid(path, wanted, `provided port is not in the valid range. The range of valid ports is ${String(NODE_PORTS.first)}-${String(NODE_PORTS.last)}`)
      else if (!pool.take(wanted)) errors.invalid(path, wanted, 'provided port is already allocated')
      else undo.push(() => pool.free(wanted))
      return
    }
    const chosen = pool.takeAny()
    if (chosen === undefined) {
      errors.invalid(path, 0, 'failed to allocate a nodePort: range is full')
      return
    }
    undo.push(() => pool.free(chosen))
    port.nodePort = chosen
  })
}

function heldBy(service: Readonly<Service> | undefined): Held {
  if (service?.spec === undefined) return { ip: undefined, ports: new Set() }
  const needs = needsOf(service)
  const ports = (service.spec.ports ?? []).filter((p) => p.nodePort).map((p) => `${p.protocol ?? 'TCP'}/${String(p.nodePort)}`)
  return { ip: needs.ip ? service.spec.clusterIP : undefined, ports: new Set(ports) }
}

function freeIp(pools: ServicePools, ip: string): void {
  const value = ipToNumber(ip)
  if (value !== undefined) pools.ips().free(value)
}

function freePort(pools: ServicePools, port: string): void {
  const [protocol = 'TCP', number] = port.split('/')
  pools.ports(protocol).free(Number(number))
}
