import { timestamp } from '../../../common/clock.ts'
import { isConditionTrue } from '../../../common/kube/conditions.ts'
import type { CertificateSigningRequest } from '../../../common/kube/generated/certificates-v1.ts'
import { CertificateSigningRequests } from '../../../common/kube/signing-request.ts'
import { ageColumn, humanDuration, nameColumn } from '../table/columns.ts'
import { pathSegment } from '../validation/names.ts'
import { defineKind } from './kind.ts'
import { admitApproval, admitSigning, admitSubject } from './signing-request/admit.ts'
import { validateSigningRequest, validateStatus } from './signing-request/validate.ts'

/** CertificateSigningRequest: who asks for a certificate, said by the server; a verdict, through `approval`; the certificate, through `status`. */
export const signingRequestKind = defineKind<CertificateSigningRequest>({
  resource: CertificateSigningRequests,
  shortNames: ['csr'],
  nameCheck: pathSegment,
  hasStatus: true,
  subresources: [{ name: 'approval', kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] }],
  prepareForCreate(object, _, { user, uid, groups, extra }) {
    // What is asked for is validation's to explain.
    const { username: _u, uid: _i, groups: _g, extra: _e, ...asked } = (object.spec as CertificateSigningRequest['spec'] | undefined) ?? { request: '', signerName: '' }
    object.spec = {
      ...asked, username: user, groups: [...groups], ...(uid === undefined ? {} : { uid }),
      ...(extra === undefined ? {} : { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) }),
    }
  },
  prepareForUpdate(object, old) {
    object.spec = structuredClone(old.spec)
  },
  validate: validateSigningRequest,
  admit(object, old) {
    if (old === undefined) admitSubject(object)
  },
  statusWrites: {
    status: {
      prepare: timeConditions,
      validate: (object, old, errors) => validateStatus(object, old, 'certificate', errors),
      admit: admitSigning,
    },
    approval: {
      prepare(object, old, now) {
        const { certificate } = old.status ?? {}
        const { certificate: _, ...said } = object.status ?? {}
        object.status = { ...said, ...(certificate === undefined ? {} : { certificate }) }
        timeConditions(object, old, now)
      },
      validate: (object, old, errors) => validateStatus(object, old, 'verdicts', errors),
      admit: admitApproval,
    },
  },
  selectableFields: ['spec.signerName'],
  selectableField: ({ spec }) => spec.signerName,
  columns: [
    nameColumn, ageColumn,
    { name: 'SignerName', type: 'string', description: 'Who is asked to sign.', cell: ({ spec }) => spec.signerName },
    { name: 'Requestor', type: 'string', description: 'Who asks.', cell: ({ spec }) => spec.username ?? '' },
    { name: 'RequestedDuration', type: 'string', description: 'How long the certificate is wanted.', cell: ({ spec: { expirationSeconds } }) => (expirationSeconds === undefined ? '<none>' : humanDuration(expirationSeconds * 1000)) },
    { name: 'Condition', type: 'string', description: 'What became of it.', cell: conditionOf },
  ],
})

/** When a condition came, and when it was last written. */
function timeConditions(object: CertificateSigningRequest, old: Readonly<CertificateSigningRequest>, now: number): void {
  for (const condition of object.status?.conditions ?? []) {
    const before = old.status?.conditions?.find(({ type, status }) => type === condition.type && status === condition.status)
    condition.lastUpdateTime ??= timestamp(now)
    condition.lastTransitionTime ??= before?.lastTransitionTime ?? timestamp(now)
  }
}

function conditionOf(object: Readonly<CertificateSigningRequest>): string {
  const is = (type: string): boolean => isConditionTrue(object.status?.conditions, type)
  const verdict = is('Denied') ? 'Denied' : is('Approved') ? 'Approved' : 'Pending'
  return [verdict, ...(is('Failed') ? ['Failed'] : []), ...(object.status?.certificate ? ['Issued'] : [])].join(',')
}
