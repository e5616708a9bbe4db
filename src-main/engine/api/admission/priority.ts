import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { PriorityClasses } from '../../../common/kube/kinds.ts'
import { SYSTEM_PRIORITIES } from '../../../common/kube/priorities.ts'
import type { Lookup } from '../registry/kind.ts'
import { defaultClass } from '../registry/priority-class.ts'
import { podForbidden } from './pod-forbidden.ts'

interface Class {
  readonly value: number
  readonly preemptionPolicy?: string
}

/** Gives a new pod the priority and the preemption policy of its class. Throws Forbidden where the class is not there, or the pod says otherwise. */
export function admitPriority(pod: Pod, lookup: Lookup): void {
  const { spec } = pod
  const found = classOf(pod, lookup)
  const { value, preemptionPolicy = 'PreemptLowerPriority' } = found
  if (spec.priority !== undefined && spec.priority !== value) {
    throw podForbidden(pod, `the integer value of priority (${String(spec.priority)}) must not be provided in pod spec; priority admission controller computed ${String(value)} from the given PriorityClass name`)
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy) {
    throw podForbidden(pod, `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`)
  }
  spec.priority = value
  spec.preemptionPolicy = preemptionPolicy
}

function classOf(pod: Pod, lookup: Lookup): Class {
  const { spec } = pod
  if (!spec.priorityClassName) {
    const byDefault = defaultClass(lookup)
    if (byDefault === undefined) return { value: 0 }
    spec.priorityClassName = byDefault.metadata.name
    return byDefault
  }
  // The system's own are there even before they are written.
  const found = lookup.get(PriorityClasses, '', spec.priorityClassName) ?? SYSTEM_PRIORITIES[spec.priorityClassName]
  if (found === undefined) throw podForbidden(pod, `no PriorityClass with name ${spec.priorityClassName} was found`)
  return found
}
