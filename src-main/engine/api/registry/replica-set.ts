import type { ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import { ReplicaSets } from '../../../common/kube/kinds.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { defineKind } from './kind.ts'
import { defaultWorkload, validateWorkload, workloadScale, workloadWideColumns } from './workload.ts'

/** ReplicaSet. */
export const replicaSetKind = defineKind<ReplicaSet>({
  resource: ReplicaSets,
  shortNames: ['rs'],
  categories: ['all'],
  hasStatus: true,
  hasGeneration: true,
  scale: workloadScale,
  defaults: defaultWorkload,
  prepareForCreate(replicaSet) {
    replicaSet.status = { replicas: 0 }
  },
  validate: validateWorkload,
  validateUpdate(replicaSet, old, errors) {
    validateImmutable(replicaSet.spec.selector, old.spec.selector, 'spec.selector', errors)
  },
  selectableFields: ['status.replicas'],
  selectableField: (o) => String(o.status?.replicas ?? 0),
  columns: [
    nameColumn,
    { name: 'Desired', type: 'integer', description: 'Number of desired pods.', cell: (o) => o.spec.replicas ?? 0 },
    { name: 'Current', type: 'integer', description: 'Most recently observed number of replicas.', cell: (o) => o.status?.replicas ?? 0 },
    { name: 'Ready', type: 'integer', description: 'Number of pods targeted by this ReplicaSet with a Ready Condition.', cell: (o) => o.status?.readyReplicas ?? 0 },
    ageColumn,
    ...workloadWideColumns,
  ],
})
