import type { ObjectRef, Plan, PlannedChange, Problem } from '../../common/contract/index.ts'
import type { ServiceSpec } from '../docker/specs.ts'
import type { SwarmService } from '../docker/types.ts'
import { serviceRef } from '../views/refs.ts'
import { toYaml } from './manifest.ts'

/** The plan of one change of a service's spec. Pure. */
export function specPlan(service: SwarmService, after: ServiceSpec, problems: Problem[] = []): Plan {
  const before = toYaml(service.Spec)
  const text = toYaml(after)
  const change: PlannedChange = { ref: serviceRef(service), action: before === text ? 'unchanged' : 'update', before, after: text }
  return { changes: [change], problems }
}

/** The plan of a removal. Pure. */
export function removalPlan(ref: ObjectRef, object: unknown): Plan {
  return { changes: [{ ref, action: 'delete', before: toYaml(object), after: '' }], problems: [] }
}
