import type { Certificate } from '../../../common/kube/certificate.ts'
import { Certificates, ISSUER_ANNOTATIONS } from '../../../common/kube/certificate.ts'
import { Gateways } from '../../../common/kube/gateway.ts'
import type { Gateway } from '../../../common/kube/generated/gateway-networking-v1.ts'
import type { Ingress } from '../../../common/kube/generated/networking-v1.ts'
import { Ingresses } from '../../../common/kube/kinds.ts'
import type { Draft, Frozen } from '../../../common/kube/object.ts'
import { controllerReference } from '../../../common/kube/owners.ts'
import { apiVersionOf } from '../../../common/kube/resource.ts'

/** What may ask for certificates by annotation. */
export type Asker = Frozen<Ingress> | Frozen<Gateway>

/**
 * The Certificates that an Ingress or a Gateway asks for, each named as its Secret: of an Ingress for each Secret that its `tls` names with hosts, of a Gateway for each that a listener with a
 * hostname names in its own namespace. Pure.
 */
export function wantedCertificates(asker: Asker): Draft<Certificate>[] {
  const { annotations, namespace = '' } = asker.metadata
  const issuer = ISSUER_ANNOTATIONS.map((name) => annotations?.[name]).find((value) => value !== undefined && value !== '')
  if (issuer === undefined) return []
  const hosts = new Map<string, Set<string>>()
  for (const { secret, names } of asker.kind === 'Ingress' ? ofIngress(asker) : ofGateway(asker)) {
    if (secret !== '' && names.length > 0) hosts.set(secret, new Set([...(hosts.get(secret) ?? []), ...names]))
  }
  const owner = asker.kind === 'Ingress' ? controllerReference(Ingresses, asker) : controllerReference(Gateways, asker)
  return [...hosts].map(([secretName, names]) => ({
    apiVersion: apiVersionOf(Certificates), kind: Certificates.kind,
    metadata: { name: secretName, namespace, ownerReferences: [owner] },
    spec: { secretName, dnsNames: [...names].sort(), issuer },
  }))
}

interface Asked {
  secret: string
  names: readonly string[]
}

function ofIngress({ spec }: Frozen<Ingress>): Asked[] {
  return (spec.tls ?? []).map(({ secretName = '', hosts = [] }) => ({ secret: secretName, names: hosts }))
}

function ofGateway({ spec, metadata }: Frozen<Gateway>): Asked[] {
  return spec.listeners.flatMap(({ hostname, tls }) => (tls?.certificateRefs ?? [])
    .filter(({ group = '', kind = 'Secret', namespace = metadata.namespace }) => group === '' && kind === 'Secret' && namespace === metadata.namespace)
    .map(({ name }) => ({ secret: name, names: hostname === undefined ? [] : [hostname] })))
}
