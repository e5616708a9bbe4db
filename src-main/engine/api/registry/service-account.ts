import type { ServiceAccount } from '../../../common/kube/generated/core-v1.ts'
import { ServiceAccounts } from '../../../common/kube/kinds.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { defineKind } from './kind.ts'

/** ServiceAccount. A controller makes `default` in every namespace. */
export const serviceAccountKind = defineKind<ServiceAccount>({
  resource: ServiceAccounts,
  shortNames: ['sa'],
  columns: [nameColumn, { name: 'Secrets', type: 'string', cell: (o) => o.secrets?.length ?? 0 }, ageColumn],
})
