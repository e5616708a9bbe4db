import { StatusError } from '../../../common/errors.ts'
import type { PriorityClass } from '../../../common/kube/generated/scheduling-v1.ts'
import { PriorityClasses } from '../../../common/kube/kinds.ts'
import { HIGHEST_USER_PRIORITY, SYSTEM_PRIORITIES } from '../../../common/kube/priorities.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { defineKind } from './kind.ts'
import type { Lookup } from './kind.ts'

/** PriorityClass: how much pods matter. Admission reads it when a pod is created; a pod keeps what it was given. */
export const priorityClassKind = defineKind<PriorityClass>({
  resource: PriorityClasses,
  shortNames: ['pc'],
  defaults(object) {
    object.preemptionPolicy ??= 'PreemptLowerPriority'
    // A client may leave it out.
    object.value = (object.value as number | undefined) ?? 0
  },
  prepareForCreate(object, lookup) {
    admitDefault(object, lookup)
  },
  validate(object, errors) {
    const { name } = object.metadata
    const system = SYSTEM_PRIORITIES[name]
    if (name.startsWith('system-')) {
      const why = "priority class names with 'system-' prefix are reserved for system use only. error: "
      if (system === undefined) errors.forbidden('metadata.name', `${why}${name} is not a known system priority class`)
      else if (system.value !== object.value) errors.forbidden('metadata.name', `${why}value of ${name} PriorityClass must be ${String(system.value)}`)
    } else if (object.value > HIGHEST_USER_PRIORITY) errors.forbidden('value', `maximum allowed value of a user defined priority is ${String(HIGHEST_USER_PRIORITY)}`)
    errors.oneOf('preemptionPolicy', object.preemptionPolicy, ['PreemptLowerPriority', 'Never'])
  },
  validateUpdate(object, old, errors) {
    if (object.value !== old.value) errors.forbidden('value', 'may not be changed in an update.')
    if (object.preemptionPolicy !== old.preemptionPolicy) errors.forbidden('preemptionPolicy', 'may not be changed in an update.')
  },
  beforeDelete({ metadata: { name } }) {
    if (SYSTEM_PRIORITIES[name] !== undefined) throw forbidden(name, 'this is a system priority class and cannot be deleted')
  },
  columns: [
    nameColumn,
    { name: 'Value', type: 'integer', description: 'value represents the integer value of this priority class.', cell: (o) => o.value },
    { name: 'Global-Default', type: 'boolean', description: 'globalDefault specifies whether this PriorityClass should be considered as the default priority.', cell: (o) => o.globalDefault ?? false },
    ageColumn,
    { name: 'PreemptionPolicy', type: 'string', description: 'preemptionPolicy is the policy for preempting pods with lower priority.', cell: (o) => o.preemptionPolicy ?? '' },
  ],
})

/** The class of pods that name none; of several (two written at once) the lowest. */
export function defaultClass(lookup: Lookup): Readonly<PriorityClass> | undefined {
  const defaults = lookup.list(PriorityClasses, '').filter((c) => c.globalDefault === true)
  return defaults.sort((a, b) => a.value - b.value)[0]
}

function admitDefault(object: PriorityClass, lookup: Lookup): void {
  if (object.globalDefault !== true) return
  const other = defaultClass(lookup)
  if (other !== undefined && other.metadata.name !== object.metadata.name) throw forbidden(object.metadata.name, `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`)
}

function forbidden(name: string, why: string): StatusError {
  return new StatusError('Forbidden', `priorityclasses.scheduling.k8s.io "${name}" is forbidden: ${why}`, { name, group: 'scheduling.k8s.io', kind: 'priorityclasses' })
}
