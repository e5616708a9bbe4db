import { type KubeObject, deepFreeze } from '../../../common/kube/object.ts'
import { cleanCopy } from '../rest/same.ts'
import { checkKind } from '../rest/create.ts'
import type { Kind } from './kind.ts'

/** A kind's other versions, as kinds of their own: what is asked of them is asked of the stored one. */
export function versionsOf(kind: Kind): Kind[] {
  return (kind.otherVersions ?? []).map((version): Kind => {
    const { otherVersions: _others, ...same } = kind
    // A table's row is made of the object as it was asked for.
    const columns = kind.columns.map((column) => ({ ...column, cell: (object: KubeObject, now: number) => column.cell(version.toStored(object), now) }))
    return { ...same, resource: version.resource, columns, versionOf: { kind, version } }
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
