import { GATEWAY_GROUP } from '../../../../common/kube/gateway.ts'
import type { HTTPRoute, ParentReference } from '../../../../common/kube/generated/gateway-networking-v1.ts'
import type { Frozen } from '../../../../common/kube/object.ts'
import { matchesSelector } from '../../../../common/kube/labels.ts'
import { commonHosts } from './hostnames.ts'
import { no, yes } from './listeners.ts'
import type { ServedListener, Verdict } from './listeners.ts'

/** A route at a listener, for these hosts. */
export interface Attachment {
  listener: ServedListener
  hosts: string[]
}

/** Labels of a namespace by its name. */
export type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>> | undefined

/** Is it a Gateway that the reference names, and which? Undefined: another kind. */
export function gatewayOf(route: Frozen<HTTPRoute>, { group = GATEWAY_GROUP, kind = 'Gateway', name, namespace }: ParentReference): string | undefined {
  return group === GATEWAY_GROUP && kind === 'Gateway' ? `${namespace ?? route.metadata.namespace ?? ''}/${name}` : undefined
}

/** Where a route attaches among one Gateway's listeners, and the condition Accepted. Pure. */
export function attach(route: Frozen<HTTPRoute>, parent: ParentReference, listeners: readonly ServedListener[], labels: NamespaceLabels): { attachments: Attachment[]; accepted: Verdict } {
  const named = listeners.filter(({ listener }) => (parent.sectionName === undefined || listener.name === parent.sectionName) && (parent.port === undefined || listener.port === parent.port))
  const refuse = (reason: string, message: string): { attachments: Attachment[]; accepted: Verdict } => ({ attachments: [], accepted: no('Accepted', reason, message) })
  if (named.length === 0) return refuse('NoMatchingParent', `Gateway ${parent.name} has no listener${parent.sectionName === undefined ? '' : ` "${parent.sectionName}"`}${parent.port === undefined ? '' : ` on port ${String(parent.port)}`}`)
  const allowed = named.filter((listener) => admits(listener, route, labels))
  if (allowed.length === 0) return refuse('NotAllowedByListeners', `No listener of Gateway ${parent.name} takes HTTPRoutes from namespace ${route.metadata.namespace ?? ''}: its allowedRoutes say from where`)
  const attachments = allowed.flatMap((listener) => {
    const hosts = commonHosts(listener.listener.hostname, route.spec.hostnames ?? [])
    return hosts === undefined ? [] : [{ listener, hosts }]
  })
  if (attachments.length === 0) return refuse('NoMatchingListenerHostname', `None of its hostnames (${(route.spec.hostnames ?? []).join(', ')}) is one of a listener's (${allowed.map(({ listener }) => listener.hostname ?? '*').join(', ')})`)
  return { attachments, accepted: yes('Accepted', 'Accepted', 'It is served') }
}

function admits({ gateway, listener, supportedKinds }: ServedListener, { metadata: { namespace = '' } }: Frozen<HTTPRoute>, labels: NamespaceLabels): boolean {
  if (supportedKinds.length === 0) return false
  const { from = 'Same', selector } = listener.allowedRoutes?.namespaces ?? {}
  switch (from) {
    case 'All': return true
    case 'Selector': return selector !== undefined && matchesSelector(labels(namespace) ?? {}, selector)
    case 'None': return false
    default: return namespace === gateway.metadata.namespace
  }
}
