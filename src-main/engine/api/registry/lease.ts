import type { Lease } from '../../../common/kube/generated/coordination-v1.ts'
import { Leases } from '../../../common/kube/kinds.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { defineKind } from './kind.ts'

/** Lease: a holder and a time, for leader election and heartbeats. Data only. */
export const leaseKind = defineKind<Lease>({
  resource: Leases,
  validate(lease, errors) {
    const { leaseDurationSeconds, leaseTransitions } = lease.spec ?? {}
    if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) errors.invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0')
    errors.nonNegative('spec.leaseTransitions', leaseTransitions)
  },
  columns: [nameColumn, { name: 'Holder', type: 'string', cell: (o) => o.spec?.holderIdentity ?? '' }, ageColumn],
})
