import { StatusError } from '../../../../common/errors.ts'
import type { CertificateSigningRequest } from '../../../../common/kube/generated/certificates-v1.ts'
import { CertificateSigningRequests, Signer } from '../../../../common/kube/signing-request.ts'
import { groupResourceOf } from '../../../../common/kube/resource.ts'
import { MASTERS, Rbac } from '../../authorization/rbac.ts'
import { readRequest } from '../../pki/request.ts'
import type { Caller } from '../../rest/core.ts'
import { same } from '../../rest/same.ts'
import type { Lookup } from '../kind.ts'
import { textOf } from './validate.ts'

const GROUP = 'certificates.k8s.io'

/** Nobody asks for a client certificate of those who may do everything. */
export function admitSubject(object: Readonly<CertificateSigningRequest>): void {
  if (object.spec.signerName !== Signer.client || !readRequest(textOf(object.spec.request)).organizations.includes(MASTERS)) return
  throw forbidden(object, `use of ${Signer.client} signer with ${MASTERS} group is not allowed`)
}

/** Only who may `approve` for the signer says yes or no. */
export function admitApproval(object: Readonly<CertificateSigningRequest>, old: Readonly<CertificateSigningRequest>, caller: Caller, lookup: Lookup): void {
  if (!mayFor('approve', old.spec.signerName, caller, lookup)) throw forbidden(object, `user not permitted to approve requests with signerName "${old.spec.signerName}"`)
}

/** Only who may `sign` for the signer writes a certificate, or a condition. */
export function admitSigning(object: Readonly<CertificateSigningRequest>, old: Readonly<CertificateSigningRequest>, caller: Caller, lookup: Lookup): void {
  if (same(object.status?.certificate, old.status?.certificate) && same(object.status?.conditions ?? [], old.status?.conditions ?? [])) return
  if (!mayFor('sign', old.spec.signerName, caller, lookup)) throw forbidden(object, `user not permitted to sign requests with signerName "${old.spec.signerName}"`)
}

/** A signer is a resource of RBAC's alone: by its name, or `domain/*` for all of a domain. */
function mayFor(verb: 'approve' | 'sign', signer: string, caller: Caller, lookup: Lookup): boolean {
  const rbac = new Rbac(lookup)
  const may = (name: string): boolean => rbac.authorize({ caller, verb, resource: { group: GROUP, resource: 'signers', namespace: '', name } }).allowed
  return may(signer) || may(`${signer.split('/')[0] ?? ''}/*`)
}

function forbidden({ metadata: { name } }: Readonly<CertificateSigningRequest>, why: string): StatusError {
  return new StatusError('Forbidden', `${groupResourceOf(CertificateSigningRequests)} "${name}" is forbidden: ${why}`, { name, group: GROUP, kind: CertificateSigningRequests.plural })
}
