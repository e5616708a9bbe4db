import type { DaemonSet } from '../../../common/kube/generated/apps-v1.ts'
import { DaemonSets } from '../../../common/kube/kinds.ts'
import { ageColumn, nameColumn, pairs } from '../table/columns.ts'
import { validateAmount } from '../validation/amounts.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { defaultJobTemplate } from './job-spec/defaults.ts'
import { defineKind } from './kind.ts'
import type { Column } from './kind.ts'
import { validateWorkload, workloadWideColumns } from './workload.ts'
import type { Workload } from './workload.ts'

/** DaemonSet. */
export const daemonSetKind = defineKind<DaemonSet>({
  resource: DaemonSets,
  shortNames: ['ds'],
  categories: ['all'],
  hasStatus: true,
  hasGeneration: true,
  defaults(set) {
    const spec = set.spec as DaemonSet['spec'] | undefined
    if (spec === undefined) return
    defaultJobTemplate(spec.template)
    spec.updateStrategy ??= {}
    spec.updateStrategy.type ||= 'RollingUpdate'
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {}
      spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1
      spec.updateStrategy.rollingUpdate.maxSurge ??= 0
    }
    spec.revisionHistoryLimit ??= 10
  },
  prepareForCreate(set) {
    set.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 }
  },
  validate(set, errors) {
    validateWorkload(set as unknown as Workload, errors, 'daemonset')
    const spec = set.spec as DaemonSet['spec'] | undefined
    if (spec === undefined) return
    errors.nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit)
    validateStrategy(spec.updateStrategy, errors)
  },
  validateUpdate(set, old, errors) {
    validateImmutable(set.spec.selector, old.spec.selector, 'spec.selector', errors)
  },
  columns: [
    nameColumn,
    { name: 'Desired', type: 'integer', description: 'The total number of nodes that should be running the daemon pod.', cell: (o) => o.status?.desiredNumberScheduled ?? 0 },
    { name: 'Current', type: 'integer', description: 'The number of nodes that are running at least 1 daemon pod and are supposed to run the daemon pod.', cell: (o) => o.status?.currentNumberScheduled ?? 0 },
    { name: 'Ready', type: 'integer', description: 'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running with a Ready Condition.', cell: (o) => o.status?.numberReady ?? 0 },
    { name: 'Up-to-date', type: 'integer', description: 'The total number of nodes that are running updated daemon pod.', cell: (o) => o.status?.updatedNumberScheduled ?? 0 },
    { name: 'Available', type: 'integer', description: 'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available.', cell: (o) => o.status?.numberAvailable ?? 0 },
    { name: 'Node Selector', type: 'string', description: 'A selector which must be true for the pod to fit on a node.', cell: (o) => pairs(o.spec.template.spec?.nodeSelector) },
    ageColumn,
    ...(workloadWideColumns as unknown as readonly Column<DaemonSet>[]),
  ],
})

function validateStrategy(strategy: DaemonSet['spec']['updateStrategy'], errors: FieldErrors): void {
  const { type, rollingUpdate } = strategy ?? {}
  if (type === 'OnDelete') return
  if (type !== 'RollingUpdate') return errors.notSupported('spec.updateStrategy', strategy, ['OnDelete', 'RollingUpdate'])
  const path = 'spec.updateStrategy.rollingUpdate'
  const unavailable = validateAmount(`${path}.maxUnavailable`, rollingUpdate?.maxUnavailable, errors)
  const surge = validateAmount(`${path}.maxSurge`, rollingUpdate?.maxSurge, errors)
  if (unavailable === 0 && surge === 0) errors.required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')
  else if (unavailable && surge) errors.invalid(`${path}.maxSurge`, rollingUpdate?.maxSurge, 'may not be set when maxUnavailable is non-zero')
}
