import type { ConditionLike } from './conditions.ts'
import type { KubeObject } from './object.ts'
import type { Resource } from './resource.ts'

/** Who signs certificates: a CA that speaks ACME (RFC 8555). */
export interface CertificateIssuer extends KubeObject {
  spec: { acme: AcmeIssuer }
  status?: CertificateIssuerStatus
}

export interface AcmeIssuer {
  /** The CA's directory; default: Let's Encrypt's. */
  server?: string
  /** Where the CA writes when something is wrong with a certificate. */
  email?: string
  /** PEM, in base64: the CAs that sign the server's own certificate, besides those that everybody trusts. */
  caBundle?: string
}

export interface CertificateIssuerStatus {
  conditions?: ConditionLike[]
  observedGeneration?: number
  /** The account, by the URL that the CA knows it by. Its key is in a Secret in kube-system. */
  accountURL?: string
  /** Failures in a row, and when (RFC 3339) it is tried again. */
  failures?: number
  nextAttempt?: string
}

/** A certificate that is got and kept fresh, in a Secret of type kubernetes.io/tls. */
export interface Certificate extends KubeObject {
  spec: { secretName: string; dnsNames: string[]; issuer: string }
  status?: CertificateStatus
}

export interface CertificateStatus {
  /** `Ready`: the Secret holds a certificate for these names that has not run out. `Issuing`: a new one is being got, or why that failed. */
  conditions?: ConditionLike[]
  /** Of the certificate in the Secret, RFC 3339. */
  notBefore?: string
  notAfter?: string
  /** When a new one is got. */
  renewalTime?: string
  /** The way to the next certificate, while there is one to get. */
  attempt?: CertificateAttempt
  /** What the servers have to answer on their port 80 meanwhile. */
  challenges?: AcmeChallenge[]
  /** The value of the annotation `toque.dev/renew` that was done as asked. */
  renewed?: string
}

export interface CertificateAttempt {
  /** What it was begun for: with another spec, issuer or wish of a person, it begins anew and owes nothing to failures. */
  of: string
  /** The order, by the URL that the CA knows it by, and when (RFC 3339) it was made. */
  order?: string
  startedAt?: string
  /** In a row, and when (RFC 3339) it is tried again. */
  failures: number
  next?: string
}

export interface AcmeChallenge {
  host: string
  token: string
  keyAuthorization: string
  /** Every server whose port 80 is ours answers it. Written by the network. */
  served?: boolean
}

const GROUP = { group: 'toque.dev', version: 'v1' } as const
export const CertificateIssuers: Resource<CertificateIssuer> = { ...GROUP, kind: 'CertificateIssuer', plural: 'certificateissuers', namespaced: false }
export const Certificates: Resource<Certificate> = { ...GROUP, kind: 'Certificate', plural: 'certificates', namespaced: true }

/** Let's Encrypt's directory. */
export const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory'

/** On an Ingress or a Gateway: the Secrets of its TLS are got from this issuer. The second is what manifests for cert-manager say. */
export const ISSUER_ANNOTATIONS = ['toque.dev/issuer', 'cert-manager.io/cluster-issuer'] as const

/** On a Certificate: another value than before asks for a new certificate now, or for another attempt. */
export const RENEW_ANNOTATION = 'toque.dev/renew'

/** On a Secret: the Certificate that writes it. */
export const CERTIFICATE_NAME_ANNOTATION = 'toque.dev/certificate-name'

/** Where a CA asks for a challenge's answer, the token after it. */
export const CHALLENGE_PATH = '/.well-known/acme-challenge/'
