import type { CronJobSpec } from '../../common/kube/generated/batch-v1.ts'
import type { PodTemplateSpec } from '../../common/kube/generated/core-v1.ts'
import type { ObjectMeta } from '../../common/kube/generated/meta-v1.ts'
import type { ServiceSpec } from '../../swarm/docker/specs.ts'
import { SCHEDULE } from '../../convert/conventions.ts'

/**
 * On a service of Swarm (a label) or a workload (an annotation) that is at rest because of a move: JSON of what it was before. It says so in the object itself, so that any engine, and any
 * person, can let it go on.
 */
export const HELD = 'toque.dev/moved-away'
/** No node has this. */
const NOWHERE = 'node.id==moved-away'

interface HeldService {
  replicas?: number
  /** A service by schedule is started from 0 by its label: that is taken off. */
  schedule?: string
}

/** A service without tasks. Again, it is the same. Its tasks' template stays, but for a global service, which has no number to set. Pure. */
export function heldService<T extends ServiceSpec>(spec: T): T {
  const { [SCHEDULE]: schedule, ...labels } = spec.Labels ?? {}
  if (labels[HELD] !== undefined) return spec
  const replicas = spec.Mode?.Replicated?.Replicas
  const note: HeldService = { ...(replicas === undefined ? {} : { replicas }), ...(schedule === undefined ? {} : { schedule }) }
  const held = { ...spec, Labels: { ...labels, [HELD]: JSON.stringify(note) } }
  if (spec.Mode?.Global === undefined) return { ...held, Mode: { ...spec.Mode, Replicated: { ...spec.Mode?.Replicated, Replicas: 0 } } }
  const { Placement: placement } = spec.TaskTemplate
  return { ...held, TaskTemplate: { ...spec.TaskTemplate, Placement: { ...placement, Constraints: [...placement?.Constraints ?? [], NOWHERE] } } }
}

/** As it was before. One that is not held stays as it is. Pure. */
export function freedService(spec: ServiceSpec): ServiceSpec {
  const { [HELD]: text, ...labels } = spec.Labels ?? {}
  if (text === undefined) return spec
  const { replicas, schedule } = noteIn<HeldService>(text)
  const freed = { ...spec, Labels: { ...labels, ...(schedule === undefined ? {} : { [SCHEDULE]: schedule }) } }
  if (spec.Mode?.Global === undefined) return { ...freed, Mode: { ...spec.Mode, Replicated: { ...spec.Mode?.Replicated, Replicas: replicas ?? 1 } } }
  const { Placement: { Constraints = [], ...placement } = {} } = spec.TaskTemplate
  const constraints = Constraints.filter((constraint) => constraint !== NOWHERE)
  return { ...freed, TaskTemplate: { ...spec.TaskTemplate, Placement: { ...placement, ...(constraints.length === 0 ? {} : { Constraints: constraints }) } } }
}

/** The kinds that a hold can be put on. */
export const HOLDABLE: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob']

/** What of a workload a hold is about. */
export interface Workload {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  spec?: { replicas?: number; suspend?: boolean; template?: PodTemplateSpec } & Partial<Pick<CronJobSpec, 'schedule'>>
}

/** A Deployment, StatefulSet, DaemonSet or CronJob without pods. Again, it is the same. Pure. */
export function heldWorkload<T extends Workload>(object: T): T {
  if (object.metadata.annotations?.[HELD] !== undefined) return object
  const copy = structuredClone(object)
  const spec = copy.spec ??= {}
  const note: { replicas?: number; suspend?: boolean } = {}
  if (copy.kind === 'CronJob') {
    note.suspend = spec.suspend ?? false
    spec.suspend = true
  } else if (copy.kind === 'DaemonSet') {
    const pod = (spec.template ??= {}).spec ??= { containers: [] }
    pod.nodeSelector = { ...pod.nodeSelector, [HELD]: 'true' }
  } else {
    note.replicas = spec.replicas ?? 1
    spec.replicas = 0
  }
  copy.metadata.annotations = { ...copy.metadata.annotations, [HELD]: JSON.stringify(note) }
  return copy
}

/** As it was before. One that is not held stays as it is. Pure. */
export function freedWorkload<T extends Workload>(object: T): T {
  const text = object.metadata.annotations?.[HELD]
  if (text === undefined) return object
  const copy = structuredClone(object)
  const { replicas, suspend } = noteIn<{ replicas?: number; suspend?: boolean }>(text)
  const { [HELD]: _, ...annotations } = copy.metadata.annotations ?? {}
  copy.metadata.annotations = annotations
  if (Object.keys(annotations).length === 0) delete copy.metadata.annotations
  const spec = copy.spec ?? {}
  if (copy.kind === 'CronJob') spec.suspend = suspend ?? false
  else if (copy.kind === 'DaemonSet') {
    const { [HELD]: __, ...selector } = spec.template?.spec?.nodeSelector ?? {}
    if (spec.template?.spec !== undefined) spec.template.spec.nodeSelector = selector
    if (Object.keys(selector).length === 0) delete spec.template?.spec?.nodeSelector
  } else spec.replicas = replicas ?? 1
  return copy
}

/** Somebody may have written on it: then nothing is known. */
function noteIn<T extends object>(text: string): Partial<T> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
