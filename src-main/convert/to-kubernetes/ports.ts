import type { Port } from '../../common/compose/forms/ports.ts'
import type { ContainerPort, Service, ServicePort } from '../../common/kube/generated/core-v1.ts'
import type { Draft } from '../../common/kube/object.ts'
import { APP, NODE_PORTS } from '../conventions.ts'
import type { Meta, ServiceContext } from './context.ts'
import { defined } from './context.ts'

/** The ports as the container has them; a port of the container's own node (`mode: host`) is a hostPort. */
export function containerPortsOf({ service, note }: ServiceContext): ContainerPort[] {
  const ports = (service.ports ?? []).map((port, i): ContainerPort => {
    for (const key of ['target', 'protocol', 'mode', 'app_protocol']) note.same('ports', i, key)
    const name = nameOf(port, service.ports ?? [])
    if (name !== undefined) note.same('ports', i, 'name')
    else if (port.name !== undefined) note.changed(['ports', i, 'name'], 'A port\'s name has at most 15 lower-case letters, digits and dashes, and is its own: it is made from the numbers.')
    const host = port.mode === 'host'
    if (host) ['published', 'host_ip'].forEach((key) => note.same('ports', i, key))
    if (host && port.app_protocol !== undefined) note.changed(['ports', i, 'app_protocol'], 'Told to those who come by the service\'s name.')
    if (host && !port.published) {
      for (const key of Object.keys(port)) note.changed(['ports', i, key], 'Without a published port it is the container\'s only.')
      if (port.host_ip !== undefined) note.lost(['ports', i, 'host_ip'], 'Without a port of the node there is no address: publish one.')
    }
    return defined({ name: host && port.published ? name : undefined, containerPort: port.target, protocol: protocolOf(port), ...(host ? { hostPort: port.published === 0 ? undefined : port.published, hostIP: port.published ? port.host_ip : undefined } : {}) })
  })
  const exposed = exposedOf(service.expose ?? []).map(({ port, protocol }): ContainerPort => ({ containerPort: port, protocol }))
  const seen = new Map([...exposed, ...ports].map((port) => [`${String(port.containerPort)}/${String(port.protocol)}/${String(port.hostPort)}`, port]))
  // A port without a host's is said by the one that has it.
  return [...seen.values()].filter((port) => port.hostPort !== undefined || ![...seen.values()].some((other) => other.hostPort !== undefined && other.containerPort === port.containerPort && other.protocol === port.protocol))
}

/** How the service is reached: by its name in the cluster, and on the ports that it publishes. */
export function servicesOf(context: ServiceContext, meta: Meta): Draft<Service>[] {
  const { service, note, kubeName } = context
  const selector = { [APP]: kubeName }
  service.expose?.forEach((entry, i) => {
    const own = exposedOf([entry])
    if (own.length === 0) note.lost(['expose', i], 'It is no port.')
    else if (/^\d+(\/udp|\/sctp)?$/.test(entry) && service.expose?.indexOf(entry) === i && !(service.ports ?? []).some((port) => port.target === own[0]?.port && protocolOf(port) === own[0].protocol)) note.same('expose', i)
    else note.changed(['expose', i], 'A port of the Service, once.')
  })
  const inner = unique([...(service.ports ?? []).map((port): ServicePort => defined({
    name: portName(port.target, protocolOf(port)), port: port.target, targetPort: port.target, protocol: protocolOf(port), appProtocol: port.app_protocol,
  })), ...exposedOf(service.expose ?? []).map(({ port, protocol }): ServicePort => ({ name: portName(port, protocol), port, targetPort: port, protocol }))], ({ port, protocol }) => `${String(port)}/${String(protocol)}`)
  const headless = inner.length === 0 || service.deploy?.endpoint_mode === 'dnsrr' || context.kind === 'StatefulSet' && inner.length === 0
  const mode = service.deploy?.endpoint_mode
  if (mode === 'vip' && inner.length === 0) note.changed(['deploy', 'endpoint_mode'], 'Without a port there can be no address of the service\'s own: its name leads to the pods. Write expose: to give it one.')
  else if (mode === 'vip') note.changed(['deploy', 'endpoint_mode'], 'An address of the Service\'s own, as it is by default on both sides.')
  else note.same('deploy', 'endpoint_mode')
  const own: Draft<Service> = { apiVersion: 'v1', kind: 'Service', metadata: meta(kubeName), spec: defined({ clusterIP: headless ? 'None' : undefined, selector, ports: inner }) }
  const aliases = aliasesOf(context)
  return [own, ...publishedOf(context, meta, selector), ...aliases.map((alias): Draft<Service> => ({ ...own, metadata: meta(alias) }))]
}

/** Ports that every node answers on: a NodePort where the number is one of those, or any; else a load balancer has to hand it out. */
function publishedOf({ service, note, kubeName }: ServiceContext, meta: Meta, selector: Record<string, string>): Draft<Service>[] {
  const all = (service.ports ?? []).map((port, i) => ({ port, i })).filter(({ port }) => port.mode !== 'host')
  for (const { port, i } of all) {
    if (port.host_ip !== undefined) note.lost(['ports', i, 'host_ip'], 'Every node answers, on all its addresses (as in Swarm): use mode: host, or a NetworkPolicy, to keep others out.')
    if (isNodePort(port.published)) note.same('ports', i, 'published')
    else if (port.published !== undefined) {
      note.changed(['ports', i, 'published'], port.published === 0 ? 'Kubernetes chooses a port of the nodes.' : `A Service of type LoadBalancer answers on ${String(port.published)} where the cluster has one; else only on the port of the nodes that it is given. For 80 and 443 use the labels toque.ingress.host, or mode: host.`)
    }
  }
  const balanced = all.filter(({ port }) => port.published !== undefined && port.published !== 0 && !isNodePort(port.published))
  const onNodes = all.filter((entry) => !balanced.includes(entry))
  const published = (type: string, name: string, entries: typeof all): Draft<Service>[] => {
    const used = new Set<string>()
    const ports = entries.map(({ port }): ServicePort => {
      // Two of one number would be one: of a random one the number does not matter.
      let number = port.published === undefined || port.published === 0 ? port.target : port.published
      while (used.has(`${String(number)}/${protocolOf(port)}`)) number++
      used.add(`${String(number)}/${protocolOf(port)}`)
      const own = nameOf(port, service.ports ?? []) ?? portName(number, protocolOf(port))
      return defined({ name: own, port: number, targetPort: port.target, protocol: protocolOf(port), appProtocol: port.app_protocol, nodePort: isNodePort(port.published) ? port.published : undefined })
    })
    return ports.length === 0 ? [] : [{ apiVersion: 'v1', kind: 'Service', metadata: meta(name), spec: { type, selector, ports } }]
  }
  return [...published('LoadBalancer', `${kubeName}-published`, balanced), ...published('NodePort', `${kubeName}-nodeport`, onNodes)]
}

/** The name that a port keeps: a name that Kubernetes can have, and no other port of the service has. */
function nameOf(port: Port, all: readonly Port[]): string | undefined {
  return isPortName(port.name) && all.filter(({ name }) => name === port.name).length === 1 ? port.name : undefined
}

/** Other names of the service: in Kubernetes they are known in the whole namespace. */
function aliasesOf({ service, model, note, name, kubeName }: ServiceContext): string[] {
  const all = Object.keys(model.services)
  const earlier = all.slice(0, all.indexOf(name)).flatMap((other) => Object.values(model.services[other]?.networks ?? {}).flatMap(({ aliases = [] }) => aliases))
  const taken = new Set([...all.filter((other) => other !== name), ...earlier])
  const found = new Set<string>()
  for (const [network, { aliases = [] }] of Object.entries(service.networks ?? {})) {
    aliases.forEach((alias, i) => {
      const path = ['networks', network, 'aliases', i]
      if (!/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(alias) || taken.has(alias)) note.lost(path, taken.has(alias) ? 'Another service is called so: one name leads to the pods of one service here.' : 'No Service can be called so: use lower-case letters, digits and dashes.')
      else if (alias === kubeName) note.changed(path, 'It is the service\'s own name.')
      else {
        found.add(alias)
        note.changed(path, 'A Service of its own; it is known in the whole namespace, not only on this network.')
      }
    })
  }
  return [...found]
}

function exposedOf(entries: readonly string[]): { port: number; protocol: string }[] {
  return entries.flatMap((entry) => {
    const m = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/.exec(entry)
    if (m === null) return []
    const [from, to] = [Number(m[1]), Math.min(Number(m[2] ?? m[1]), 65535)]
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => ({ port: from + i, protocol: (m[3] ?? 'tcp').toUpperCase() }))
  }).filter(({ port }) => port > 0 && port <= 65535)
}

function unique<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map([...items].reverse().map((item) => [key(item), item])).values()].reverse()
}

function isPortName(name: string | undefined): boolean {
  return name !== undefined && name.length <= 15 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) && /[a-z]/.test(name) && !/^(expose-)?(tcp|udp|sctp)-\d+$/.test(name)
}

function portName(port: number, protocol: string): string {
  return `${protocol.toLowerCase()}-${String(port)}`
}

function protocolOf(port: Port): string {
  return (port.protocol ?? 'tcp').toUpperCase()
}

function isNodePort(port: number | undefined): boolean {
  return port !== undefined && port >= NODE_PORTS.from && port <= NODE_PORTS.to
}
