import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Certificate } from '../../../common/kube/certificate.ts'
import { CERTIFICATE_NAME_ANNOTATION } from '../../../common/kube/certificate.ts'
import type { Secret } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'

/** What cert-manager marks its Secrets with: those of a cluster that moves here are taken over. */
const CERT_MANAGER_ANNOTATION = 'cert-manager.io/certificate-name'

/** The certificate in a Secret: from when to when (milliseconds since the epoch) it holds, and its names. */
export interface HeldCertificate {
  notBefore: number
  notAfter: number
  names: string[]
}

/** What the Secret of a Certificate holds. `foreign`: it is somebody's own, and is not written over. Pure. */
export function heldIn(certificate: Frozen<Certificate>, secret: Frozen<Secret> | undefined): HeldCertificate | 'nothing' | 'foreign' | 'unusable' {
  if (secret === undefined) return 'nothing'
  const annotations = secret.metadata.annotations ?? {}
  const owner = annotations[CERTIFICATE_NAME_ANNOTATION] ?? annotations[CERT_MANAGER_ANNOTATION]
  if (owner !== certificate.metadata.name) return 'foreign'
  const { 'tls.crt': crt, 'tls.key': key } = secret.data ?? {}
  if (crt === undefined || key === undefined) return 'unusable'
  try {
    return readPair(Buffer.from(crt, 'base64').toString(), Buffer.from(key, 'base64').toString()) ?? 'unusable'
  } catch {
    // Never told in OpenSSL's words: they may quote the key.
    return 'unusable'
  }
}

/** Reads a certificate (PEM, of a chain the first) with its key; undefined when they do not belong together. Throws for what is no certificate. */
export function readPair(chain: string, key: string): HeldCertificate | undefined {
  const leaf = new X509Certificate(chain)
  if (!leaf.checkPrivateKey(createPrivateKey(key))) return undefined
  const names = (leaf.subjectAltName ?? '').split(', ').flatMap((name) => (name.startsWith('DNS:') ? [name.slice('DNS:'.length)] : []))
  return { notBefore: Date.parse(leaf.validFrom), notAfter: Date.parse(leaf.validTo), names }
}
