import { CertificateIssuers, Certificates } from '../../../common/kube/certificate.ts'
import type { Certificate, CertificateIssuer } from '../../../common/kube/certificate.ts'
import { findCondition } from '../../../common/kube/conditions.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { dnsSubdomain, wildcardSubdomain } from '../validation/names.ts'
import { defineKind } from './kind.ts'

/** As Let's Encrypt. */
const MAX_NAMES = 100

/** CertificateIssuer: a CA that signs certificates by ACME. */
export const certificateIssuerKind = defineKind<CertificateIssuer>({
  resource: CertificateIssuers,
  hasStatus: true,
  hasGeneration: true,
  validate(issuer, errors) {
    const acme = (issuer.spec as Partial<CertificateIssuer['spec']> | undefined)?.acme
    if (acme === undefined) return errors.required('spec.acme', 'write `acme: {}` for Let\'s Encrypt')
    if (acme.server !== undefined && !isHttps(acme.server)) errors.invalid('spec.acme.server', acme.server, 'must be the https:// address of an ACME directory')
    if (acme.email !== undefined && !/^[^\s@,<>]+@[^\s@,<>]+$/.test(acme.email)) errors.invalid('spec.acme.email', acme.email, 'must be one e-mail address')
    if (acme.caBundle !== undefined && !Buffer.from(acme.caBundle, 'base64').toString().includes('-----BEGIN CERTIFICATE-----')) errors.invalid('spec.acme.caBundle', '<not shown>', 'must be certificates in PEM form, in base64')
  },
  columns: [
    nameColumn,
    { name: 'Ready', type: 'string', cell: (o) => findCondition(o.status?.conditions, 'Ready')?.status ?? 'Unknown' },
    ageColumn,
    { name: 'Status', type: 'string', priority: 1, cell: (o) => findCondition(o.status?.conditions, 'Ready')?.message ?? '' },
  ],
})

/** Certificate: a certificate that is got from an issuer and kept fresh. */
export const certificateKind = defineKind<Certificate>({
  resource: Certificates,
  hasStatus: true,
  hasGeneration: true,
  validate: ({ spec }, errors) => validateSpec((spec as Partial<Certificate['spec']> | undefined) ?? {}, errors),
  columns: [
    nameColumn,
    { name: 'Ready', type: 'string', cell: (o) => findCondition(o.status?.conditions, 'Ready')?.status ?? 'Unknown' },
    { name: 'Secret', type: 'string', cell: (o) => o.spec.secretName },
    { name: 'Ends', type: 'string', cell: (o) => o.status?.notAfter ?? '' },
    ageColumn,
    { name: 'Status', type: 'string', priority: 1, cell: (o) => (findCondition(o.status?.conditions, 'Issuing') ?? findCondition(o.status?.conditions, 'Ready'))?.message ?? '' },
  ],
})

function validateSpec({ secretName = '', issuer = '', dnsNames = [] }: Partial<Certificate['spec']>, errors: FieldErrors): void {
  for (const [field, value] of [['spec.secretName', secretName], ['spec.issuer', issuer]] as const) {
    if (value === '') errors.required(field)
    else errors.check(field, value, dnsSubdomain)
  }
  if (dnsNames.length === 0) errors.required('spec.dnsNames', 'a certificate is for one name at least')
  if (dnsNames.length > MAX_NAMES) errors.invalid('spec.dnsNames', dnsNames.length, `must be ${String(MAX_NAMES)} names at most`)
  dnsNames.forEach((name, i) => errors.check(`spec.dnsNames[${String(i)}]`, name, name.startsWith('*') ? wildcardSubdomain : dnsSubdomain))
}

function isHttps(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === 'https:'
}
