import { badRequest, conflict, invalid, StatusError } from '../../../common/errors.ts'
import type { Scale } from '../../../common/kube/generated/autoscaling-v1.ts'
import type { Namespace, Pod } from '../../../common/kube/generated/core-v1.ts'
import { Namespaces } from '../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { timestamp } from '../../../common/clock.ts'
import type { Kind, ScaleFields } from '../registry/kind.ts'
import type { Core, WriteOptions } from './core.ts'
import { admitted } from './admitted.ts'
import { get } from './read.ts'
import { type Produce, change } from './update.ts'

/** What a `scale` is. */
export const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' }
const BINDING = { group: '', version: 'v1', kind: 'Binding' }

/** The `scale` view of an object. */
export function scaleOf(kind: Kind, object: KubeObject): Scale {
  const fields = scaleFields(kind)
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp }
  return {
    apiVersion: 'autoscaling/v1', kind: 'Scale', metadata, spec: { replicas: fields.replicas(object) },
    status: { replicas: fields.observed(object), selector: fields.selector(object) },
  }
}

export function getScale(core: Core, kind: Kind, namespace: string, name: string): Scale {
  return scaleOf(kind, get(core, kind, namespace, name))
}

/** Writes replicas through the `scale` view; `produce` makes the new view from the present one (and the object that it is of), `also` does what is more than that to the object. */
export async function changeScale(core: Core, kind: Kind, namespace: string, name: string, produce: (scale: Scale, current: KubeObject) => unknown, options: WriteOptions,
  also?: (next: KubeObject, wanted: Partial<Scale>) => void): Promise<Scale> {
  const fields = scaleFields(kind)
  const written: Produce = async (current) => {
    const scale = scaleOf(kind, current)
    const asked = { operation: 'UPDATE' as const, kind, subresource: 'scale', objectKind: SCALE, namespace, name, oldObject: scale as unknown as KubeObject }
    const wanted = await admitted(core, asked, produce(scale, current) as Partial<Scale> | undefined, options)
    const replicas = wanted?.spec?.replicas ?? 0
    if (!Number.isInteger(replicas)) throw badRequest('Scale in version "v1" cannot be handled as a Scale: spec.replicas must be a whole number')
    if (replicas < 0) throw invalid('autoscaling', 'Scale', name, [{ reason: 'FieldValueInvalid', field: 'spec.replicas', message: `Invalid value: ${String(replicas)}: must be greater than or equal to 0` }])
    const next = structuredClone(current)
    fields.setReplicas(next, replicas)
    const given = wanted?.metadata as { resourceVersion?: string } | undefined
    if (given?.resourceVersion) next.metadata.resourceVersion = given.resourceVersion
    also?.(next, wanted ?? {})
    return next
  }
  return scaleOf(kind, await change(core, kind, namespace, name, 'main', 'scale', written, { ...options, subresource: 'scale', isAdmitted: true }))
}

function scaleFields(kind: Kind): ScaleFields {
  if (kind.scale === undefined) throw new StatusError('NotFound', 'the server could not find the requested resource')
  return kind.scale
}

/** Binds a pod to a node, once. */
export async function bind(core: Core, kind: Kind<Pod>, namespace: string, name: string, binding: unknown, options: WriteOptions): Promise<void> {
  const asked = { operation: 'CREATE' as const, kind: kind as unknown as Kind, subresource: 'binding', objectKind: BINDING, namespace, name }
  const wanted = await admitted(core, asked, binding, options)
  const node = (wanted as { target?: { name?: unknown } } | undefined)?.target?.name
  if (typeof node !== 'string' || node === '') throw invalid('', 'Binding', name, [{ reason: 'FieldValueRequired', field: 'target.name', message: 'Required value' }])
  const { uid } = (binding as { metadata?: { uid?: string } }).metadata ?? {}
  await change(core, kind as unknown as Kind, namespace, name, 'whole', 'bind', (current) => {
    const pod = structuredClone(current) as Pod
    const why = uid !== undefined && uid !== pod.metadata.uid ? `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`
      : pod.metadata.deletionTimestamp !== undefined ? `pod ${name} is being deleted, cannot be assigned to a host`
        : (pod.spec.schedulingGates ?? []).length > 0 ? `pod ${name} has non-empty .spec.schedulingGates`
        : pod.spec.nodeName ? `pod ${name} is already assigned to node "${pod.spec.nodeName}"` : undefined
    if (why !== undefined) throw conflict('pods/binding', name, why)
    pod.spec.nodeName = node
    const others = (pod.status?.conditions ?? []).filter((c) => c.type !== 'PodScheduled')
    pod.status = { ...pod.status, conditions: [...others, { type: 'PodScheduled', status: 'True', lastTransitionTime: timestamp(core.clock.now()) }] }
    return pod
  }, { ...options, isRecorded: false })
}

/** Writes a namespace's `spec.finalizers`; the last one lets it go. */
export function finalizeNamespace(core: Core, name: string, body: unknown, options: WriteOptions): Promise<KubeObject> {
  const kind = core.registry.kindOf(Namespaces)
  return change(core, kind, '', name, 'whole', 'finalize', async (current) => {
    const given = await admitted(core, { operation: 'UPDATE', kind, subresource: 'finalize', namespace: '', name, oldObject: current }, body as Partial<Namespace> | undefined, options)
    const next = structuredClone(current) as Namespace
    next.spec = { finalizers: [...(given?.spec?.finalizers ?? [])] }
    if (given?.metadata?.resourceVersion) next.metadata.resourceVersion = given.metadata.resourceVersion
    return next
  }, { ...options, subresource: 'finalize' })
}
