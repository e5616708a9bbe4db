import type { Certificate, CertificateAttempt, CertificateIssuer } from '../../../common/kube/certificate.ts'
import { RENEW_ANNOTATION } from '../../../common/kube/certificate.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { heldIn, HeldCertificate } from './held.ts'

/** Is a new certificate due, and why? If not, when (milliseconds since the epoch)? */
export type Due = { due: true; reason: 'DoesNotExist' | 'Unusable' | 'NamesChanged' | 'Requested' | 'Renewing' | 'RanOut'; message: string } | { due: false; at: number }

/** When two thirds of its life are over, milliseconds since the epoch. */
export function renewalTime({ notBefore, notAfter }: Pick<HeldCertificate, 'notBefore' | 'notAfter'>): number {
  return notBefore + Math.floor(((notAfter - notBefore) * 2) / 3)
}

/** Decides by what the Secret holds, not by what was once written down. Pure. */
export function dueOf({ spec, status, metadata }: Frozen<Certificate>, held: Exclude<ReturnType<typeof heldIn>, 'foreign'>, now: number): Due {
  const due = (reason: Extract<Due, { due: true }>['reason'], message: string): Due => ({ due: true, reason, message })
  if (held === 'nothing') return due('DoesNotExist', `There is no Secret ${spec.secretName} yet`)
  if (held === 'unusable') return due('Unusable', `Secret ${spec.secretName} holds no certificate with its key`)
  if (!sameNames(held.names, spec.dnsNames)) return due('NamesChanged', `The certificate is for ${held.names.join(', ')}, and is to be for ${spec.dnsNames.join(', ')}`)
  if (held.notAfter <= now) return due('RanOut', `The certificate ran out at ${new Date(held.notAfter).toISOString()}`)
  const wish = metadata.annotations?.[RENEW_ANNOTATION]
  if (wish !== undefined && wish !== status?.renewed) return due('Requested', `The annotation ${RENEW_ANNOTATION} asks for a new one`)
  const at = renewalTime(held)
  return at <= now ? due('Renewing', `Two thirds of the certificate's life are over; it ends at ${new Date(held.notAfter).toISOString()}`) : { due: false, at }
}

/** Names that only a DNS record proves: nothing that a server answers does. */
export function unprovable(names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith('*'))
}

/** What an attempt is for: when one of these is another, an attempt begins anew. */
export function purposeOf({ metadata: { generation = 0, annotations } }: Frozen<Certificate>, issuer: Frozen<CertificateIssuer>): string {
  return [generation, issuer.metadata.uid, issuer.metadata.generation ?? 0, annotations?.[RENEW_ANNOTATION] ?? ''].join('/')
}

/** The attempt to go on with. Pure. */
export function attemptOf(attempt: CertificateAttempt | undefined, purpose: string): CertificateAttempt {
  return attempt?.of === purpose ? attempt : { of: purpose, failures: 0 }
}

const FIRST_WAIT_MS = 60_000
const LONGEST_WAIT_MS = 8 * 3600_000

/**
 * The wait after so many failures in a row: a minute, then twice as long each time, up to 8 hours (CAs count failed orders by the hour and certificates by the
 * week), and no less than the CA asks for.
 */
export function waitAfter(failures: number, retryAfterMs = 0): number {
  return Math.max(retryAfterMs, Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(20, failures - 1)))
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  const set = (names: readonly string[]): string => [...new Set(names.map((name) => name.toLowerCase()))].sort().join()
  return set(a) === set(b)
}
