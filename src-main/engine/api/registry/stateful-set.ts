import type { StatefulSet, StatefulSetSpec } from '../../../common/kube/generated/apps-v1.ts'
import { StatefulSets } from '../../../common/kube/kinds.ts'
import { same } from '../rest/same.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { validateAmount } from '../validation/amounts.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { defineKind } from './kind.ts'
import { defaultWorkload, validateWorkload, workloadScale, workloadWideColumns } from './workload.ts'

const RETENTION = ['Delete', 'Retain']
const CHANGEABLE = 'updates to statefulset spec for fields other than \'replicas\', \'ordinals\', \'template\', \'updateStrategy\', \'persistentVolumeClaimRetentionPolicy\' and \'minReadySeconds\' are forbidden'

/** StatefulSet. */
export const statefulSetKind = defineKind<StatefulSet>({
  resource: StatefulSets,
  shortNames: ['sts'],
  categories: ['all'],
  hasStatus: true,
  hasGeneration: true,
  scale: workloadScale,
  defaults(set) {
    defaultWorkload(set)
    const spec = set.spec as StatefulSetSpec | undefined
    if (spec === undefined) return
    spec.podManagementPolicy ||= 'OrderedReady'
    spec.updateStrategy ??= {}
    spec.updateStrategy.type ||= 'RollingUpdate'
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {}
      spec.updateStrategy.rollingUpdate.partition ??= 0
    }
    spec.persistentVolumeClaimRetentionPolicy ??= {}
    spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain'
    spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain'
    spec.revisionHistoryLimit ??= 10
    for (const claim of spec.volumeClaimTemplates ?? []) {
      claim.apiVersion = 'v1'
      claim.kind = 'PersistentVolumeClaim'
      if (claim.spec !== undefined) claim.spec.volumeMode ??= 'Filesystem'
      claim.status ??= { phase: 'Pending' }
    }
  },
  prepareForCreate(set) {
    set.status = { replicas: 0, availableReplicas: 0 }
  },
  validate(set, errors) {
    validateWorkload(withClaims(set), errors, 'statefulset')
    const spec = set.spec as StatefulSetSpec | undefined
    if (spec === undefined) return
    if (!spec.podManagementPolicy) errors.required('spec.podManagementPolicy')
    else if (!['OrderedReady', 'Parallel'].includes(spec.podManagementPolicy)) errors.invalid('spec.podManagementPolicy', spec.podManagementPolicy, "must be 'OrderedReady' or 'Parallel'")
    validateStrategy(spec.updateStrategy, errors)
    for (const field of ['whenDeleted', 'whenScaled'] as const) errors.oneOf(`spec.persistentVolumeClaimRetentionPolicy.${field}`, spec.persistentVolumeClaimRetentionPolicy?.[field], RETENTION)
    errors.nonNegative('spec.ordinals.start', spec.ordinals?.start)
    errors.nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit)
  },
  validateUpdate(set, old, errors) {
    if (!same(unchangeable(set.spec), unchangeable(old.spec))) errors.forbidden('spec', CHANGEABLE)
  },
  columns: [
    nameColumn,
    { name: 'Ready', type: 'string', description: 'Number of the pod with ready state', cell: (o) => `${String(o.status?.readyReplicas ?? 0)}/${String(o.spec.replicas ?? 0)}` },
    ageColumn,
    ...workloadWideColumns.filter((c) => c.name !== 'Selector'),
  ],
})

/** The set with the volumes that its pods get of its claims, as the containers mount them. */
function withClaims(set: StatefulSet): StatefulSet {
  const { template, volumeClaimTemplates = [] } = (set.spec as StatefulSetSpec | undefined) ?? {}
  if (template?.spec === undefined || volumeClaimTemplates.length === 0) return set
  // The schema does not say that a claim has a name.
  const names = volumeClaimTemplates.map((claim) => (claim.metadata as { name?: string } | undefined)?.name ?? '')
  const others = (template.spec.volumes ?? []).filter(({ name }) => !names.includes(name))
  const volumes = [...others, ...names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }))]
  return { ...set, spec: { ...set.spec, template: { ...template, spec: { ...template.spec, volumes } } } }
}

/** What of a spec an update may not change. */
function unchangeable(spec: StatefulSetSpec): unknown {
  const { replicas: _r, ordinals: _o, template: _t, updateStrategy: _u, persistentVolumeClaimRetentionPolicy: _p, minReadySeconds: _m, ...rest } = spec
  return rest
}

function validateStrategy(strategy: StatefulSetSpec['updateStrategy'], errors: FieldErrors): void {
  const { type, rollingUpdate } = strategy ?? {}
  if (type === 'OnDelete') {
    if (rollingUpdate !== undefined) errors.invalid('spec.updateStrategy.rollingUpdate', rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")
  } else if (type !== 'RollingUpdate') errors.invalid('spec.updateStrategy', strategy, "must be 'RollingUpdate' or 'OnDelete'")
  else {
    errors.nonNegative('spec.updateStrategy.rollingUpdate.partition', rollingUpdate?.partition)
    const amount = validateAmount('spec.updateStrategy.rollingUpdate.maxUnavailable', rollingUpdate?.maxUnavailable, errors)
    if (amount === 0) errors.invalid('spec.updateStrategy.rollingUpdate.maxUnavailable', rollingUpdate?.maxUnavailable, 'cannot be 0')
  }
}
