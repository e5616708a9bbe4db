import type { Gateway, GatewayClass, HTTPRoute, ParentReference } from '../../../../common/kube/generated/gateway-networking-v1.ts'
import { GATEWAY_CONTROLLER } from '../../../../common/kube/gateway.ts'
import { keyOf } from '../../../../common/kube/object.ts'
import type { Frozen } from '../../../../common/kube/object.ts'
import type { IngressBackendModel } from '../ingress-model.ts'
import { attach, gatewayOf } from './attach.ts'
import type { Attachment, NamespaceLabels } from './attach.ts'
import { resolveBackends } from './backends.ts'
import type { BackendInput } from './backends.ts'
import { no, serveListener, yes } from './listeners.ts'
import type { ListenerInput, ServedListener, Verdict } from './listeners.ts'
import { compareRoutes } from './precedence.ts'
import type { GatewayRoute, Ranked } from './precedence.ts'
import { readRule } from './rules.ts'

/** What Gateways and their routes are made of. */
export interface GatewayInput extends BackendInput, ListenerInput {
  classes: readonly Frozen<GatewayClass>[]
  gateways: readonly Frozen<Gateway>[]
  routes: readonly Frozen<HTTPRoute>[]
  namespaceLabels: NamespaceLabels
}

/** What is told of a route at one of its parents. */
export interface ParentVerdict {
  parentRef: ParentReference
  conditions: Verdict[]
}

/** What the proxies do for Gateways, and what is told of the objects. Everything in it is in a fixed order. */
export interface GatewayModel {
  routes: GatewayRoute[]
  backends: IngressBackendModel[]
  certificates: { name: string; pem: string; hosts: string[] }[]
  /** By `namespace/name` of the Gateway, with the number of routes at each listener. */
  listeners: ReadonlyMap<string, { served: ServedListener; attached: number }[]>
  parents: { route: Frozen<HTTPRoute>; verdicts: ParentVerdict[] }[]
}

const DEFAULT_TIMEOUT_SECONDS = 60

/** The Gateways that are ours to serve, the oldest first. Pure. */
export function ourGateways({ gateways, classes }: Pick<GatewayInput, 'gateways' | 'classes'>): Frozen<Gateway>[] {
  const ours = new Set(classes.filter(({ spec }) => spec.controllerName === GATEWAY_CONTROLLER).map(({ metadata }) => metadata.name))
  return gateways.filter(({ spec }) => ours.has(spec.gatewayClassName)).sort((a, b) => (ageOf(a) < ageOf(b) ? -1 : 1))
}

/** All that is served for Gateways, with what is wrong. Pure. */
export function gatewayModel(input: GatewayInput): GatewayModel {
  const byGateway = new Map(ourGateways(input).map((gateway) => [keyOf(gateway), gateway.spec.listeners.map((listener) => serveListener(gateway, listener, input))]))
  const attached = new Map<ServedListener, number>()
  const lines: Ranked[] = []
  const backends: IngressBackendModel[] = []
  const parents: GatewayModel['parents'] = []
  for (const route of [...input.routes].sort((a, b) => (ageOf(a) < ageOf(b) ? -1 : 1))) {
    const mine = (route.spec.parentRefs ?? []).flatMap((parentRef) => {
      const listeners = byGateway.get(gatewayOf(route, parentRef) ?? '')
      return listeners === undefined ? [] : [{ parentRef, ...attach(route, parentRef, listeners, input.namespaceLabels) }]
    })
    if (mine.length === 0) continue
    const attachments = mine.flatMap((parent) => parent.attachments)
    for (const listener of new Set(attachments.map((one) => one.listener))) attached.set(listener, (attached.get(listener) ?? 0) + 1)
    const verdicts = serveRoute(route, attachments, input, lines, backends)
    parents.push({ route, verdicts: mine.map(({ parentRef, accepted }) => ({ parentRef, conditions: accepted.status === 'False' ? [accepted, ...verdicts.filter(({ type }) => type === 'ResolvedRefs')] : [verdicts.find(({ type }) => type === 'Accepted') ?? accepted, ...verdicts.filter(({ type }) => type !== 'Accepted')] })) })
  }
  const all = [...byGateway.values()].flat()
  return {
    routes: lines.sort(compareRoutes).map(({ https, host, match, backend }) => ({ https, host, match, backend })),
    backends: backends.sort((a, b) => (a.name < b.name ? -1 : 1)),
    certificates: all.filter(({ accepted }) => accepted).flatMap(({ certificates, listener }) => certificates.map((certificate) => ({ ...certificate, hosts: listener.hostname === undefined ? [] : [listener.hostname] }))),
    listeners: new Map([...byGateway].map(([key, listeners]) => [key, listeners.map((served) => ({ served, attached: attached.get(served) ?? 0 }))])),
    parents,
  }
}

/** Adds a route's lines and backends; what is told of it wherever it is accepted. */
function serveRoute(route: Frozen<HTTPRoute>, attachments: readonly Attachment[], input: GatewayInput, lines: Ranked[], backends: IngressBackendModel[]): Verdict[] {
  const unsupported: string[] = []
  let resolved = yes('ResolvedRefs', 'ResolvedRefs', 'All that it refers to is there')
  const { rules = [] } = route.spec
  rules.forEach((rule, i) => {
    const read = readRule(rule)
    const { backendRefs = [] } = rule
    const { servers, refused, problem } = resolveBackends(route, backendRefs, input)
    if (problem !== undefined && resolved.status === 'True') resolved = no('ResolvedRefs', problem.reason, problem.message)
    if ('unsupported' in read) unsupported.push(`rule ${String(i + 1)}: ${read.unsupported}`)
    const name = `${route.metadata.namespace ?? ''}:HTTPRoute:${route.metadata.name}:${String(i + 1)}`
    const filters = 'unsupported' in read ? undefined : read.filters
    const isAnswered = filters?.redirect !== undefined
    backends.push({
      name, servers: filters === undefined || isAnswered ? [] : servers,
      options: { redirect: 'never', cookie: undefined, backendTls: false, timeoutSeconds: ('unsupported' in read ? undefined : read.timeoutSeconds) ?? DEFAULT_TIMEOUT_SECONDS },
      gateway: { filters, refused: filters === undefined ? 1 : isAnswered ? 0 : refused },
    })
    for (const { listener, hosts } of attachments) {
      if (!listener.accepted) continue
      for (const host of hosts) read.matches.forEach((match, index) => lines.push({ https: listener.https, host, match, backend: name, age: ageOf(route), rule: i, index }))
    }
  })
  const told = unsupported.join('. ')
  if (unsupported.length === 0) return [yes('Accepted', 'Accepted', 'It is served'), resolved]
  if (unsupported.length === rules.length) return [no('Accepted', 'UnsupportedValue', told), resolved]
  return [yes('Accepted', 'Accepted', 'It is served in part'), resolved, yes('PartiallyInvalid', 'UnsupportedValue', `Requests for these rules are answered with 500: ${told}`)]
}

function ageOf(object: Frozen<Gateway | HTTPRoute>): string {
  return `${object.metadata.creationTimestamp} ${keyOf(object)}`
}
