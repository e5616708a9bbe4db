import type { Deployment } from '../../../common/kube/generated/apps-v1.ts'
import { Deployments } from '../../../common/kube/kinds.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { defineKind } from './kind.ts'
import { defaultWorkload, validateWorkload, workloadScale, workloadWideColumns } from './workload.ts'

/** Deployment. */
export const deploymentKind = defineKind<Deployment>({
  resource: Deployments,
  shortNames: ['deploy'],
  categories: ['all'],
  hasStatus: true,
  hasGeneration: true,
  scale: workloadScale,
  defaults(deployment) {
    defaultWorkload(deployment)
    const spec = deployment.spec as Deployment['spec'] | undefined
    if (spec === undefined) return
    spec.strategy ??= {}
    spec.strategy.type ||= 'RollingUpdate'
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate ??= {}
      spec.strategy.rollingUpdate.maxSurge ??= '25%'
      spec.strategy.rollingUpdate.maxUnavailable ??= '25%'
    }
    spec.revisionHistoryLimit ??= 10
    spec.progressDeadlineSeconds ??= 600
  },
  // As upstream, of this kind alone: a write of the status leaves the labels, too.
  prepareForStatusUpdate({ metadata }, old) {
    if (old.metadata.labels === undefined) delete metadata.labels
    else metadata.labels = { ...old.metadata.labels }
  },
  validate(deployment, errors) {
    validateWorkload(deployment, errors)
    const spec = deployment.spec as Deployment['spec'] | undefined
    if (spec === undefined) return
    errors.nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit)
    errors.nonNegative('spec.progressDeadlineSeconds', spec.progressDeadlineSeconds)
    if (spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds <= (spec.minReadySeconds ?? 0)) {
      errors.invalid('spec.progressDeadlineSeconds', spec.progressDeadlineSeconds, 'must be greater than minReadySeconds')
    }
    validateStrategy(spec.strategy, errors)
  },
  validateUpdate(deployment, old, errors) {
    validateImmutable(deployment.spec.selector, old.spec.selector, 'spec.selector', errors)
  },
  columns: [
    nameColumn,
    { name: 'Ready', type: 'string', description: 'Number of the pod with ready state', cell: (o) => `${String(o.status?.readyReplicas ?? 0)}/${String(o.spec.replicas ?? 0)}` },
    { name: 'Up-to-date', type: 'string', description: 'Total number of non-terminated pods targeted by this deployment that have the desired template spec.', cell: (o) => o.status?.updatedReplicas ?? 0 },
    { name: 'Available', type: 'string', description: 'Total number of available pods (ready for at least minReadySeconds) targeted by this deployment.', cell: (o) => o.status?.availableReplicas ?? 0 },
    ageColumn,
    ...workloadWideColumns,
  ],
})

function validateStrategy(strategy: Deployment['spec']['strategy'], errors: FieldErrors): void {
  const { type, rollingUpdate } = strategy ?? {}
  if (type === 'Recreate') {
    if (rollingUpdate !== undefined) errors.forbidden('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'")
    return
  }
  if (type !== 'RollingUpdate') {
    errors.notSupported('spec.strategy', strategy, ['Recreate', 'RollingUpdate'])
    return
  }
  const amounts = (['maxUnavailable', 'maxSurge'] as const).map((field) => readAmount(`spec.strategy.rollingUpdate.${field}`, rollingUpdate?.[field], errors))
  if (amounts.every((amount) => amount === 0)) {
    errors.invalid('spec.strategy.rollingUpdate.maxUnavailable', rollingUpdate?.maxUnavailable, 'may not be 0 when `maxSurge` is 0')
  }
  if (typeof rollingUpdate?.maxUnavailable === 'string' && (amounts[0] ?? 0) > 100) errors.invalid('spec.strategy.rollingUpdate.maxUnavailable', rollingUpdate.maxUnavailable, 'must not be greater than 100%')
}

function readAmount(path: string, amount: number | string | undefined, errors: FieldErrors): number | undefined {
  if (typeof amount === 'number') {
    errors.nonNegative(path, amount)
    return amount
  }
  const m = /^(\d+)%$/.exec(amount ?? '')
  if (m === null) {
    errors.invalid(path, amount, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')")
    return undefined
  }
  return Number(m[1])
}
