import type { Certificate } from '../../../common/kube/certificate.ts'
import { Certificates, ISSUER_ANNOTATIONS } from '../../../common/kube/certificate.ts'
import type { Ingress } from '../../../common/kube/generated/networking-v1.ts'
import { Ingresses } from '../../../common/kube/kinds.ts'
import type { Draft, Frozen } from '../../../common/kube/object.ts'
import { controllerReference } from '../../../common/kube/owners.ts'
import { apiVersionOf } from '../../../common/kube/resource.ts'

/** The issuer that an Ingress asks for. */
export function issuerOf({ metadata: { annotations } }: Frozen<Ingress>): string | undefined {
  return ISSUER_ANNOTATIONS.map((name) => annotations?.[name]).find((value) => value !== undefined && value !== '')
}

/** The Certificates that an Ingress asks for: one for each Secret that its `tls` names with hosts, named as the Secret. Pure. */
export function wantedCertificates(ingress: Frozen<Ingress>): Draft<Certificate>[] {
  const issuer = issuerOf(ingress)
  const hosts = new Map<string, Set<string>>()
  for (const { secretName = '', hosts: names = [] } of ingress.spec.tls ?? []) {
    if (secretName === '' || names.length === 0) continue
    hosts.set(secretName, new Set([...(hosts.get(secretName) ?? []), ...names]))
  }
  if (issuer === undefined) return []
  return [...hosts].map(([secretName, names]) => ({
    apiVersion: apiVersionOf(Certificates), kind: Certificates.kind,
    metadata: { name: secretName, namespace: ingress.metadata.namespace ?? '', ownerReferences: [controllerReference(Ingresses, ingress)] },
    spec: { secretName, dnsNames: [...names].sort(), issuer },
  }))
}
