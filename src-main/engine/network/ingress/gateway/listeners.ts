import { GATEWAY_GROUP } from '../../../../common/kube/gateway.ts'
import type { Gateway, Listener, ReferenceGrant, RouteGroupKind } from '../../../../common/kube/generated/gateway-networking-v1.ts'
import type { Secret } from '../../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../../common/kube/object.ts'
import { readCertificate } from '../certificates.ts'
import { HTTP_PORT, HTTPS_PORT } from '../haproxy-config.ts'
import { isGranted } from './references.ts'

/** A condition without the time of its change. */
export interface Verdict {
  type: string
  status: 'True' | 'False'
  reason: string
  message: string
}

/** A listener as it is served, or why it is not. */
export interface ServedListener {
  gateway: Frozen<Gateway>
  listener: Listener
  https: boolean
  /** Is it served? Routes attach to it in any case. */
  accepted: boolean
  certificates: { name: string; pem: string }[]
  supportedKinds: RouteGroupKind[]
  conditions: Verdict[]
}

const HTTP_ROUTE: RouteGroupKind = { group: GATEWAY_GROUP, kind: 'HTTPRoute' }

/** What a listener needs to be looked at. */
export interface ListenerInput {
  grants: readonly Frozen<ReferenceGrant>[]
  secret(namespace: string, name: string): Frozen<Secret> | undefined
  /** Milliseconds since the epoch. */
  now: number
}

/** Looks at one listener of a Gateway. Pure. */
export function serveListener(gateway: Frozen<Gateway>, listener: Listener, input: ListenerInput): ServedListener {
  const accepted = acceptance(listener)
  const https = listener.protocol === 'HTTPS'
  const { supportedKinds, wrongKinds } = kindsOf(listener)
  const { certificates, problem } = https && accepted.status === 'True' ? certificatesOf(gateway, listener, input) : { certificates: [], problem: undefined }
  const resolved: Verdict = wrongKinds.length > 0 ? no('ResolvedRefs', 'InvalidRouteKinds', `Only HTTPRoutes are served here, no ${wrongKinds.join(', ')}`)
    : problem ?? yes('ResolvedRefs', 'ResolvedRefs', 'All that it refers to is there')
  const isProgrammed = accepted.status === 'True' && problem === undefined
  return {
    gateway, listener, https, accepted: isProgrammed, certificates, supportedKinds,
    conditions: [
      accepted, resolved, yes('Conflicted', 'NoConflicts', 'No other listener is in its way', 'False'),
      isProgrammed ? yes('Programmed', 'Programmed', 'It is served') : no('Programmed', 'Invalid', accepted.status === 'True' ? resolved.message : accepted.message),
    ],
  }
}

function acceptance({ port, protocol, tls }: Listener): Verdict {
  if (protocol !== 'HTTP' && protocol !== 'HTTPS') return no('Accepted', 'UnsupportedProtocol', `Protocol ${protocol} is not served here: HTTP and HTTPS are`)
  const wanted = protocol === 'HTTP' ? HTTP_PORT : HTTPS_PORT
  if (port !== wanted) return no('Accepted', 'PortUnavailable', `${protocol} is served on port ${String(wanted)} of the servers only, not on ${String(port)}`)
  if (protocol === 'HTTPS' && tls === undefined) return no('Accepted', 'Invalid', 'HTTPS needs tls.certificateRefs')
  if (tls?.mode === 'Passthrough') return no('Accepted', 'UnsupportedValue', 'TLS is ended here and not passed through: set tls.mode to Terminate')
  return yes('Accepted', 'Accepted', 'It is valid')
}

function kindsOf({ allowedRoutes }: Listener): { supportedKinds: RouteGroupKind[]; wrongKinds: string[] } {
  const kinds = allowedRoutes?.kinds ?? []
  if (kinds.length === 0) return { supportedKinds: [HTTP_ROUTE], wrongKinds: [] }
  const isOurs = ({ group, kind }: RouteGroupKind): boolean => (group ?? GATEWAY_GROUP) === GATEWAY_GROUP && kind === HTTP_ROUTE.kind
  return { supportedKinds: kinds.some(isOurs) ? [HTTP_ROUTE] : [], wrongKinds: kinds.filter((kind) => !isOurs(kind)).map(({ kind }) => kind) }
}

function certificatesOf({ metadata: { namespace = '' } }: Frozen<Gateway>, { tls }: Listener, { grants, secret, now }: ListenerInput): { certificates: { name: string; pem: string }[]; problem: Verdict | undefined } {
  const certificates: { name: string; pem: string }[] = []
  let problem: Verdict | undefined
  const bad = (reason: string, message: string): void => { problem ??= no('ResolvedRefs', reason, message) }
  for (const { group = '', kind = 'Secret', name, namespace: other = namespace } of tls?.certificateRefs ?? []) {
    if (group !== '' || kind !== 'Secret') {
      bad('InvalidCertificateRef', `A certificate is in a Secret, not in a ${kind}`)
      continue
    }
    if (!isGranted({ from: { group: GATEWAY_GROUP, kind: 'Gateway', namespace }, to: { group, kind, namespace: other, name } }, grants)) {
      bad('RefNotPermitted', `Secret ${other}/${name} is in another namespace, and no ReferenceGrant there lets Gateways of ${namespace} use it`)
      continue
    }
    const read = readCertificate(`${other}/${name}`, secret(other, name), now)
    if ('problem' in read) bad('InvalidCertificateRef', read.problem)
    else certificates.push({ name: `${other}:${name}`, pem: read.pem })
  }
  if (certificates.length === 0) bad('InvalidCertificateRef', 'It has no certificate')
  // One good certificate serves; what is wrong with the others is told.
  return { certificates, problem: certificates.length > 0 && problem?.reason !== 'RefNotPermitted' ? undefined : problem }
}

/** A condition that is as it should be. */
export function yes(type: string, reason: string, message: string, status: 'True' | 'False' = 'True'): Verdict {
  return { type, status, reason, message }
}

/** A condition that says no. */
export function no(type: string, reason: string, message: string): Verdict {
  return { type, status: 'False', reason, message }
}
