import { Rebalances } from '../../../common/kube/rebalance.ts'
import type { Rebalance } from '../../../common/kube/rebalance.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { defineKind } from './kind.ts'

/** A day: servers that take longer to settle do not. */
const MOST_SETTLE_S = 86_400

/** Rebalance: a wish that pods are spread anew. */
export const rebalanceKind = defineKind<Rebalance>({
  resource: Rebalances,
  hasStatus: true,
  hasGeneration: true,
  defaults(rebalance) {
    rebalance.spec ??= {}
    rebalance.spec.when ??= 'Once'
    rebalance.spec.atOnce ??= 1
    if (rebalance.spec.when === 'Always') rebalance.spec.settleSeconds ??= 60
  },
  validate({ spec }, errors) {
    errors.oneOf('spec.when', spec.when, ['Always', 'Once'])
    if (spec.namespaces !== undefined && !(Array.isArray(spec.namespaces) && spec.namespaces.every((name) => typeof name === 'string'))) errors.invalid('spec.namespaces', spec.namespaces, 'must be a list of names')
    if (spec.atOnce !== undefined && (!Number.isInteger(spec.atOnce) || spec.atOnce < 1 || spec.atOnce > 16)) errors.invalid('spec.atOnce', spec.atOnce, 'must be between 1 and 16')
    if (spec.settleSeconds !== undefined && !(spec.settleSeconds >= 0 && spec.settleSeconds <= MOST_SETTLE_S)) errors.invalid('spec.settleSeconds', spec.settleSeconds, `must be between 0 and ${String(MOST_SETTLE_S)}`)
  },
  columns: [
    nameColumn,
    { name: 'When', type: 'string', cell: ({ spec }) => spec.when ?? 'Once' },
    { name: 'Phase', type: 'string', cell: (o) => o.status?.phase ?? 'Pending' },
    { name: 'Moved', type: 'integer', cell: (o) => (o.status?.moves ?? []).length },
    ageColumn,
    { name: 'Message', type: 'string', priority: 1, cell: (o) => o.status?.message ?? '' },
  ],
})
