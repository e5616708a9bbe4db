import { timestamp } from '../../../common/clock.ts'
import type { Certificate, CertificateStatus } from '../../../common/kube/certificate.ts'
import { withCondition } from '../../../common/kube/conditions.ts'
import type { HeldCertificate } from './held.ts'
import { renewalTime } from './plan.ts'

/** The status with what the Secret holds read anew: its times, and `Ready`. `now`: milliseconds since the epoch. Pure. */
export function withRead(status: CertificateStatus | undefined, held: HeldCertificate | 'nothing' | 'unusable', { secretName, dnsNames }: Certificate['spec'], now: number): CertificateStatus {
  const { notBefore: _from, notAfter: _to, renewalTime: _at, ...rest } = status ?? {}
  const ready = (is: boolean, reason: string, message: string): CertificateStatus['conditions'] =>
    withCondition(status?.conditions, { type: 'Ready', status: is ? 'True' : 'False', reason, message, lastTransitionTime: timestamp(now) })
  if (held === 'nothing' || held === 'unusable') return { ...rest, conditions: ready(false, 'NotIssued', `There is no certificate in Secret ${secretName} yet`) }
  const times = { notBefore: timestamp(held.notBefore), notAfter: timestamp(held.notAfter), renewalTime: timestamp(renewalTime(held)) }
  const missing = dnsNames.filter((name) => !held.names.includes(name.toLowerCase()))
  if (held.notAfter <= now) return { ...rest, ...times, conditions: ready(false, 'RanOut', `The certificate in Secret ${secretName} ran out at ${times.notAfter}`) }
  if (missing.length > 0) return { ...rest, ...times, conditions: ready(false, 'NamesMissing', `The certificate in Secret ${secretName} is not for ${missing.join(', ')} yet`) }
  return { ...rest, ...times, conditions: ready(true, 'Issued', `The certificate in Secret ${secretName} holds until ${times.notAfter}`) }
}
