import type { PodDisruptionBudget } from '../../../common/kube/generated/policy-v1.ts'
import { PodDisruptionBudgets } from '../../../common/kube/kinds.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { validateAmount } from '../validation/amounts.ts'
import { validateSelector } from '../validation/metadata.ts'
import { defineKind } from './kind.ts'

/** PodDisruptionBudget: how many of the selected pods an eviction (a drain) may take away. Asked by the eviction, counted by its controller. */
export const podDisruptionBudgetKind = defineKind<PodDisruptionBudget>({
  resource: PodDisruptionBudgets,
  shortNames: ['pdb'],
  hasStatus: true,
  hasGeneration: true,
  prepareForCreate(budget) {
    budget.status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }
  },
  validate(budget, errors) {
    const spec = budget.spec as PodDisruptionBudget['spec'] | undefined
    if (spec === undefined) return
    const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy } = spec
    if (minAvailable !== undefined && maxUnavailable !== undefined) errors.invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set')
    validateAmount('spec.minAvailable', minAvailable, errors)
    validateAmount('spec.maxUnavailable', maxUnavailable, errors)
    validateSelector(spec.selector, 'spec.selector', errors, false)
    if (unhealthyPodEvictionPolicy !== undefined) errors.oneOf('spec.unhealthyPodEvictionPolicy', unhealthyPodEvictionPolicy, ['AlwaysAllow', 'IfHealthyBudget'])
  },
  columns: [
    nameColumn,
    { name: 'Min Available', type: 'string', description: 'The minimum number of pods that must be available.', cell: (o) => amount(o.spec?.minAvailable) },
    { name: 'Max Unavailable', type: 'string', description: 'The maximum number of pods that may be unavailable.', cell: (o) => amount(o.spec?.maxUnavailable) },
    { name: 'Allowed Disruptions', type: 'integer', description: 'Calculated number of pods that may be disrupted at this time.', cell: (o) => o.status?.disruptionsAllowed ?? 0 },
    ageColumn,
  ],
})

function amount(value: number | string | undefined): string {
  return value === undefined ? 'N/A' : String(value)
}
