import type { ServiceAccount } from '../../../common/kube/generated/core-v1.ts'
import { ServiceAccounts } from '../../../common/kube/kinds.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { defineKind } from './kind.ts'

/** ServiceAccount. A controller makes `default` in every namespace. */
export const serviceAccountKind = defineKind<ServiceAccount>({
  resource: ServiceAccounts,
  shortNames: ['sa'],
  subresources: [{ name: 'token', kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] }],
  columns: [nameColumn, { name: 'Secrets', type: 'string', cell: (o) => o.secrets?.length ?? 0 }, ageColumn],
})
