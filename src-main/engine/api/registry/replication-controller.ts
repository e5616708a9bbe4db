import type { ReplicationController } from '../../../common/kube/generated/core-v1.ts'
import { ReplicationControllers } from '../../../common/kube/kinds.ts'
import { matchesLabels } from '../../../common/kube/labels.ts'
import { ageColumn, nameColumn, pairs } from '../table/columns.ts'
import { validateLabels } from '../validation/metadata.ts'
import { defineKind } from './kind.ts'
import type { Column } from './kind.ts'
import { validatePodTemplate } from './pod-spec/validate.ts'
import { defaultWorkload, workloadWideColumns } from './workload.ts'
import type { Workload } from './workload.ts'

/** What a ReplicationController has in common with the other workloads; its selector is a plain map. */
type Shared = Workload & { spec: { selector?: never } }

/** ReplicationController: the ReplicaSet's elder. */
export const replicationControllerKind = defineKind<ReplicationController>({
  resource: ReplicationControllers,
  shortNames: ['rc'],
  categories: ['all'],
  hasStatus: true,
  hasGeneration: true,
  orphansByDefault: true,
  scale: {
    replicas: (o) => o.spec?.replicas ?? 0,
    setReplicas(o, replicas) {
      o.spec = { ...o.spec, replicas }
    },
    observed: (o) => o.status?.replicas ?? 0,
    selector: (o) => Object.entries(o.spec?.selector ?? {}).map(([k, v]) => `${k}=${v}`).sort().join(','),
  },
  defaults(controller) {
    defaultWorkload(controller as unknown as Shared)
    const labels = controller.spec?.template?.metadata?.labels
    if (controller.spec === undefined || labels === undefined) return
    if (Object.keys(controller.spec.selector ?? {}).length === 0) controller.spec.selector = { ...labels }
    if (Object.keys(controller.metadata.labels ?? {}).length === 0) controller.metadata.labels = { ...labels }
  },
  prepareForCreate(controller) {
    controller.status = { replicas: 0 }
  },
  validate(controller, errors) {
    const { replicas, minReadySeconds, selector = {}, template } = controller.spec ?? {}
    errors.nonNegative('spec.replicas', replicas)
    errors.nonNegative('spec.minReadySeconds', minReadySeconds)
    validateLabels(selector, 'spec.selector', errors)
    if (Object.keys(selector).length === 0) errors.required('spec.selector')
    validatePodTemplate(template, 'spec.template', errors, ['Always'])
    const labels = template?.metadata?.labels
    if (template !== undefined && !matchesLabels(labels, selector)) errors.invalid('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`')
  },
  selectableFields: ['status.replicas'],
  selectableField: (o) => String(o.status?.replicas ?? 0),
  columns: [
    nameColumn,
    { name: 'Desired', type: 'integer', description: 'Number of desired pods.', cell: (o) => o.spec?.replicas ?? 0 },
    { name: 'Current', type: 'integer', description: 'Most recently observed number of replicas.', cell: (o) => o.status?.replicas ?? 0 },
    { name: 'Ready', type: 'integer', description: 'The number of ready replicas for this replication controller.', cell: (o) => o.status?.readyReplicas ?? 0 },
    ageColumn,
    ...(workloadWideColumns.slice(0, 2) as unknown as readonly Column<ReplicationController>[]),
    { name: 'Selector', type: 'string', priority: 1, description: 'Label selector for pods.', cell: (o) => pairs(o.spec?.selector) },
  ],
})
