import { badRequest, invalid } from '../../../common/errors.ts'
import { type KubeObject, deepFreeze } from '../../../common/kube/object.ts'
import { cleanCopy } from '../rest/same.ts'
import { checkKind } from '../rest/create.ts'
import { FieldErrors } from '../validation/field-errors.ts'
import type { Kind } from './kind.ts'

/** A kind's other versions, as kinds of their own: what is asked of them is asked of the stored one. */
export function versionsOf(kind: Kind): Kind[] {
  return (kind.otherVersions ?? []).map((version): Kind => {
    const { otherVersions: _others, ...same } = kind
    // A table's row is made of the object as it was asked for.
    const columns = kind.columns.map((column) => ({ ...column, cell: (object: KubeObject, now: number) => column.cell(version.toStored(object), now) }))
    const labels = version.fieldLabels
    return { ...same, resource: version.resource, columns, versionOf: { kind, version }, ...(labels === undefined ? {} : { selectableFields: Object.keys(labels) }) }
  })
}

/** The kind whose objects are in the store. */
export function storedKind(kind: Kind): Kind {
  return kind.versionOf?.kind ?? kind
}

const shown = new WeakMap<KubeObject, KubeObject>()

/** A stored object in the version that was asked for: frozen, and the same one for all who ask. (No kind has more than two versions.) */
export function asAsked(kind: Kind, object: KubeObject): KubeObject {
  if (kind.versionOf === undefined) return object
  const known = shown.get(object) ?? deepFreeze(kind.versionOf.version.fromStored(object))
  shown.set(object, known)
  return known
}

/** A body that came in the version asked for, in the stored one. */
export function asStored(kind: Kind, body: unknown): unknown {
  if (kind.versionOf === undefined || typeof body !== 'object' || body === null) return body
  checkKind(kind.resource, body)
  const { metadata = {}, ...rest } = cleanCopy(body) as Partial<KubeObject>
  return kind.versionOf.version.toStored({ ...rest, metadata } as KubeObject)
}

/** The body of a new object, in the stored version. Invalid where it lacks what only the version asked for wants. */
export function asCreated(kind: Kind, body: unknown): unknown {
  const stored = asStored(kind, body)
  const check = kind.versionOf?.version.validateCreate
  if (check === undefined || stored === body) return stored
  const errors = new FieldErrors()
  const object = body as Readonly<KubeObject>
  check(object, errors)
  if (errors.causes.length > 0) throw invalid(kind.resource.group, kind.resource.kind, (object.metadata as { name?: string } | undefined)?.name ?? '', errors.causes)
  return stored
}

/** A request with its field selector in the stored version's words; BadRequest for a field that the asked one does not know. */
export function asStoredFields<T extends { fieldSelector?: string }>(kind: Kind, request: T): T {
  const labels = kind.versionOf?.version.fieldLabels
  if (labels === undefined || request.fieldSelector === undefined) return request
  const known = new Map(Object.entries(labels))
  const terms = request.fieldSelector.split(',').map((term) => {
    const [, field = '', rest = ''] = /^\s*(.*?)\s*((?:!=|=).*)$/.exec(term) ?? []
    if (field === '' || field.startsWith('metadata.')) return term
    const label = known.get(field)
    if (label === undefined) throw badRequest(`field label not supported: ${field}`)
    return `${label}${rest}`
  })
  return { ...request, fieldSelector: terms.join(',') }
}
