import { badRequest, StatusError } from '../../../../common/errors.ts'
import type { Endpoints, Node, Pod, Service } from '../../../../common/kube/generated/core-v1.ts'

/** What the name in a proxy's path says: `https:web:8443`. */
export interface ProxyName {
  readonly scheme: 'http' | 'https'
  readonly name: string
  /** A number, for a Service also a port's name; '' where none is said. */
  readonly port: string
}

/** Where a proxied request goes: into a pod's network, or to an address. */
export type ProxyTarget =
  | { readonly kind: 'pod'; readonly namespace: string; readonly pod: string; readonly port: number }
  | { readonly kind: 'address'; readonly host: string; readonly port: number }

const HTTP_PORT = 80

/** Takes `name`, `name:port` or `scheme:name:port` apart; BadRequest for anything else. `of`: `pod`, `service` or `node`. */
export function readProxyName(text: string, of: string): ProxyName {
  const parts = text.split(':')
  const [scheme = '', name = '', port = ''] = parts.length === 3 ? parts : ['', ...parts]
  if (parts.length > 3 || name === '' || !['', 'http', 'https'].includes(scheme)) throw badRequest(`invalid ${of} request ${JSON.stringify(text)}`)
  return { scheme: scheme === 'https' ? 'https' : 'http', name, port }
}

/** The port of a pod that is meant: the one said, or the first that a container declares, or 80. */
export function podTarget(pod: Readonly<Pod>, { port }: Pick<ProxyName, 'port'>): ProxyTarget {
  const { namespace = '', name } = pod.metadata
  if (!pod.status?.podIP) throw badRequest(`address not allowed: pod ${name} has none yet`)
  const declared = pod.spec.containers.flatMap(({ ports = [] }) => ports.map((p) => p.containerPort))[0]
  return { kind: 'pod', namespace, pod: name, port: port === '' ? declared ?? HTTP_PORT : portOf(port, 'pod', name) }
}

/** One of a Service's ready pods, by chance (`pick`: 0 to below 1), as upstream: ServiceUnavailable where there is none, or the port is not the Service's. */
export function serviceTarget(service: Readonly<Service>, endpoints: Readonly<Endpoints> | undefined, { port }: Pick<ProxyName, 'port'>, pick: number): ProxyTarget {
  const { name, namespace = '' } = service.metadata
  const named = /^\d+$/.test(port) ? service.spec.ports?.find((p) => p.port === Number(port)) : undefined
  if (/^\d+$/.test(port) && named === undefined) throw unavailable(`no service port ${port} found for service "${name}"`)
  const wanted = named === undefined ? port : named.name ?? ''
  const found = (endpoints?.subsets ?? []).flatMap(({ addresses = [], ports = [] }) => {
    const number = ports.find((p) => (p.name ?? '') === wanted)?.port
    // Only what is a pod: an address that somebody wrote by hand may lead anywhere.
    return number === undefined ? [] : addresses.flatMap(({ targetRef }) => (targetRef?.kind === 'Pod' && targetRef.name !== undefined ? [{ pod: targetRef.name, port: number }] : []))
  })
  const one = found[Math.floor(pick * found.length)]
  if (one === undefined) throw unavailable(`no endpoints available for service "${name}${port === '' ? '' : `:${port}`}"`)
  return { kind: 'pod', namespace, ...one }
}

/** A node's address. There is no kubelet behind its usual port here, so another must be said. */
export function nodeTarget(node: Readonly<Node>, { port }: Pick<ProxyName, 'port'>): ProxyTarget {
  const { name } = node.metadata
  if (port === '') throw unavailable(`node "${name}" has no kubelet that could be asked: Docker runs its containers. Name a port (nodes/${name}:9100/proxy/), or ask this server for the node's pods, logs and metrics`)
  const host = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? ''
  if (!isProxyable(host)) throw badRequest('address not allowed')
  return { kind: 'address', host, port: portOf(port, 'node', name) }
}

/** Not this machine itself, nor what is only meant for it (a cloud's metadata): whoever may use a proxy may not reach those by it. */
function isProxyable(address: string): boolean {
  const ip = address.toLowerCase()
  return ip !== '' && !/^(127\.|0\.0\.0\.0$|169\.254\.|22[4-9]\.|23\d\.|255\.255\.255\.255$|::1?$|fe[89ab]|ff|::ffff:)/.test(ip)
}

function portOf(text: string, of: string, name: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) throw badRequest(`invalid ${of} request "${name}:${text}"`)
  return port
}

function unavailable(why: string): StatusError {
  return new StatusError('ServiceUnavailable', why)
}
