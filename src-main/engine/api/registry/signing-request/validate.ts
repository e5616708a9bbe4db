import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../../../../common/kube/generated/certificates-v1.ts'
import { Signer } from '../../../../common/kube/signing-request.ts'
import { messageOf } from '../../../../common/errors.ts'
import { readRequest } from '../../pki/request.ts'
import { ALL_USAGES } from '../../pki/usages.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { validateSignerName } from './signer-name.ts'

const SHORTEST_S = 600
/** Verdicts: said once, and true. */
const VERDICTS: readonly string[] = ['Approved', 'Denied', 'Failed']
const CERTIFICATES_ONLY = /^(\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/

/** Checks a request as a whole. */
export function validateSigningRequest({ spec, status }: CertificateSigningRequest, errors: FieldErrors): void {
  const { request, usages = [], signerName, expirationSeconds } = (spec as CertificateSigningRequest['spec'] | undefined) ?? { request: '', signerName: '' }
  if (request === '') errors.required('spec.request')
  else {
    try {
      readRequest(textOf(request))
    } catch (error) {
      errors.invalid('spec.request', request, messageOf(error))
    }
  }
  if (usages.length === 0) errors.required('spec.usages')
  usages.forEach((usage, i) => {
    if (!ALL_USAGES.includes(usage)) errors.notSupported(`spec.usages[${String(i)}]`, usage, ALL_USAGES)
    if (usages.indexOf(usage) < i) errors.duplicate(`spec.usages[${String(i)}]`, usage)
  })
  if (signerName === Signer.legacyUnknown) errors.invalid('spec.signerName', signerName, 'the legacy signerName is not allowed via this API version')
  else validateSignerName(signerName, 'spec.signerName', errors)
  if (expirationSeconds !== undefined && expirationSeconds < SHORTEST_S) errors.invalid('spec.expirationSeconds', expirationSeconds, 'may not specify a duration less than 600 seconds (10 minutes)')
  validateConditions(status?.conditions ?? [], errors)
}

/** Checks a write of the status. `may`: what this subresource writes. */
export function validateStatus(object: CertificateSigningRequest, old: Readonly<CertificateSigningRequest>, may: 'verdicts' | 'certificate', errors: FieldErrors): void {
  const { certificate = '', conditions = [] } = object.status ?? {}
  const { certificate: before = '', conditions: said = [] } = old.status ?? {}
  validateConditions(conditions, errors)
  for (const type of VERDICTS) {
    const [now, then] = [conditions, said].map((list) => list.some((condition) => condition.type === type))
    if (then === true && now !== true) errors.forbidden('status.conditions', `updates may not remove a condition of type "${type}"`)
    if (then !== true && now === true && may !== 'verdicts' && type !== 'Failed') errors.forbidden('status.conditions', `updates may not add a condition of type "${type}"`)
  }
  if (certificate === before) return
  if (may !== 'certificate') errors.forbidden('status.certificate', 'updates may not set certificate content')
  else if (before !== '') errors.forbidden('status.certificate', 'updates may not modify existing certificate content')
  else if (!CERTIFICATES_ONLY.test(textOf(certificate))) errors.invalid('status.certificate', '<certificate data>', 'must be one or more CERTIFICATE PEM blocks, without headers')
}

function validateConditions(conditions: readonly CertificateSigningRequestCondition[], errors: FieldErrors): void {
  const seen = new Set<string>()
  conditions.forEach(({ type, status }, i) => {
    const at = `status.conditions[${String(i)}]`
    if (!type) errors.required(`${at}.type`)
    errors.oneOf(`${at}.status`, status, VERDICTS.includes(type) ? ['True'] : ['True', 'False', 'Unknown'])
    const opposite = type === 'Approved' ? 'Denied' : type === 'Denied' ? 'Approved' : undefined
    if (opposite !== undefined && seen.has(opposite)) errors.invalid(`${at}.type`, type, 'Approved and Denied conditions are mutually exclusive')
    if (seen.has(type)) errors.duplicate(`${at}.type`, type)
    seen.add(type)
  })
}

/** What base64 stands for. */
export function textOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString()
}
