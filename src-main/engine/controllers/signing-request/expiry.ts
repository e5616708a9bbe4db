import { X509Certificate } from 'node:crypto'
import type { CertificateSigningRequest } from '../../../common/kube/generated/certificates-v1.ts'

const HOUR_MS = 3_600_000
/** Nobody has said yes or no. */
const PENDING_MS = 24 * HOUR_MS
/** Everything is said, and the certificate fetched. */
const DONE_MS = HOUR_MS

/** When a request is to go, in milliseconds since the epoch; Infinity while it waits for its signer. Pure. */
export function expiryOf({ metadata, status = {} }: Readonly<CertificateSigningRequest>): number {
  const { conditions = [], certificate = '' } = status
  if (conditions.length === 0) return Date.parse(metadata.creationTimestamp) + PENDING_MS
  const ends = conditions.flatMap(({ type, lastUpdateTime }) => {
    const isOver = type === 'Denied' || type === 'Failed' || (type === 'Approved' && certificate !== '')
    return isOver && lastUpdateTime !== undefined ? [Date.parse(lastUpdateTime) + DONE_MS] : []
  })
  return Math.min(endOf(certificate), ...ends)
}

/** The end of a certificate (base64 of PEM); Infinity where there is none that can be read. */
function endOf(certificate: string): number {
  if (certificate === '') return Infinity
  try {
    return Date.parse(new X509Certificate(Buffer.from(certificate, 'base64')).validTo)
  } catch {
    return Infinity
  }
}
