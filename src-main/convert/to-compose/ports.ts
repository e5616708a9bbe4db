import type { Port } from '../../common/compose/forms/ports.ts'
import type { Service } from '../../common/compose/forms/service.ts'
import type { Container, Service as KubeService, ServicePort } from '../../common/kube/generated/core-v1.ts'
import { APP, PART_OF } from '../conventions.ts'
import type { Note } from '../report.ts'
import { notSame } from '../report.ts'
import { defined } from '../to-kubernetes/context.ts'
import type { Making } from './context.ts'

const MADE = /^(tcp|udp|sctp)-\d+$/

/** How a workload is reached: its Services' ports and its containers' host ports. */
export function portsOf(name: string, labels: Readonly<Record<string, string>>, container: Container, note: Note, making: Making): Service {
  const canonical: Record<string, string | undefined> = { [name]: 'ClusterIP', [`${name}-published`]: 'LoadBalancer', [`${name}-nodeport`]: 'NodePort' }
  const mine = making.objects.services.filter(({ object }) => selects(object, labels)).map(({ object, note: of }) => (
    { object, note: canonical[object.metadata.name] === (object.spec?.type ?? 'ClusterIP') && JSON.stringify(object.spec?.selector) === JSON.stringify({ [APP]: name }) ? of : notSame(of, `It is reached as "${name}".`) }))
  const published = mine.flatMap(({ object, note: of }) => (object.spec?.type === 'NodePort' || object.spec?.type === 'LoadBalancer' ? (object.spec.ports ?? []).map((port, i) => publishedPort(port, object.spec?.type, container, of.in('spec', 'ports', i))) : []))
  container.ports?.forEach(({ hostPort }, i) => (hostPort === undefined ? note.changed(['ports', i], 'A container\'s ports need not be named: those of its Services are.') : note.same('ports', i)))
  const host = (container.ports ?? []).filter(({ hostPort }) => hostPort !== undefined).map((port): Port => defined({
    name: port.name, target: port.containerPort, published: port.hostPort, host_ip: port.hostIP, protocol: (port.protocol ?? 'TCP').toLowerCase(), mode: 'host',
  }))
  const ports = [...published, ...host]
  const expose = mine.flatMap(({ object, note: of }) => {
    common(object, of, name)
    if (object.spec?.type !== undefined && object.spec.type !== 'ClusterIP') return []
    return (object.spec?.ports ?? []).flatMap((port, i) => exposed(port, container, ports, of.in('spec', 'ports', i)))
  })
  const isHeadless = mine.some(({ object }) => object.metadata.name === name && object.spec?.clusterIP === 'None')
  const aliases = mine.filter(({ object }) => object.metadata.name !== name && (object.spec?.type ?? 'ClusterIP') === 'ClusterIP').map(({ object, note: of }) => {
    of.changed(['metadata', 'name'], 'An alias of the service on its networks.')
    return object.metadata.name
  })
  return defined<Service>({
    ports, expose: [...new Set(expose)], deploy: isHeadless ? { endpoint_mode: 'dnsrr' } : undefined,
    networks: aliases.length === 0 ? undefined : { default: { aliases } },
  })
}

function selects({ spec }: KubeService, labels: Readonly<Record<string, string>>): boolean {
  const entries = Object.entries(spec?.selector ?? {})
  return entries.length > 0 && entries.every(([key, value]) => labels[key] === value)
}

function common(object: KubeService, note: Note, name: string): void {
  for (const path of [['metadata', 'labels', APP], ['metadata', 'labels', PART_OF], ['spec', 'selector'], ['spec', 'type']]) note.same(...path)
  if (object.metadata.name === name) note.same('metadata', 'name')
  else note.changed(['metadata', 'name'], `Part of the service "${name}".`)
  if (object.spec?.clusterIP === 'None') note.same('spec', 'clusterIP')
  else if (object.spec?.clusterIP !== undefined) note.changed(['spec', 'clusterIP'], 'Docker gives out another address.')
}

/** The number of a target port, which may be a name in the container. */
function targetOf(port: ServicePort, container: Container): number {
  const target = port.targetPort ?? port.port
  if (typeof target === 'number') return target
  return container.ports?.find(({ name }) => name === target)?.containerPort ?? (/^\d+$/.test(target) ? Number(target) : port.port)
}

/** A name that stands for the number of a port. */
function namedTarget({ targetPort }: ServicePort, note: Note): void {
  if (typeof targetPort === 'string') note.changed('targetPort', 'Written as the number.')
}

function publishedPort(port: ServicePort, type: string | undefined, container: Container, note: Note): Port {
  for (const key of ['name', 'protocol', 'targetPort', 'nodePort', 'appProtocol']) note.same(key)
  const balanced = type === 'LoadBalancer'
  const number = balanced ? port.port : port.nodePort
  if (balanced) note.changed('nodePort', 'What answers is the port of the load balancer: that one is published.')
  namedTarget(port, note)
  const back = number ?? targetOf(port, container)
  if (port.name !== undefined && MADE.test(port.name) && !port.name.endsWith(`-${String(back)}`)) note.changed('name', 'Made from the numbers.')
  if (port.port === back) note.same('port')
  else if (port.port === targetOf(port, container)) note.changed('port', 'Others call it by the service\'s name, on the same port; what is published goes by its number on the servers.')
  else note.changed('port', `In the cluster it was reached on ${String(port.port)}; now others call it on ${String(targetOf(port, container))}.`)
  return defined<Port>({
    name: port.name === undefined || MADE.test(port.name) ? undefined : port.name, target: targetOf(port, container), published: number,
    protocol: (port.protocol ?? 'TCP').toLowerCase(), app_protocol: port.appProtocol, mode: 'ingress',
  })
}

function exposed(port: ServicePort, container: Container, ports: readonly Port[], note: Note): string[] {
  const [target, protocol] = [targetOf(port, container), (port.protocol ?? 'TCP').toLowerCase()]
  for (const key of ['protocol', 'targetPort']) note.same(key)
  namedTarget(port, note)
  if (port.name !== undefined) (MADE.test(port.name) ? note.same : (key: string) => note.changed(key, 'Docker\'s exposed ports have no names.'))('name')
  if (port.appProtocol !== undefined) note.changed('appProtocol', 'Only published ports have one.')
  if (port.port === target) note.same('port')
  else note.changed('port', `Docker translates no ports inside: others have to call ${String(target)} in place of ${String(port.port)}.`)
  return ports.some((other) => other.target === target && other.protocol === protocol) ? [] : [`${String(target)}${protocol === 'tcp' ? '' : `/${protocol}`}`]
}
