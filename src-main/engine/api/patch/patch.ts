import { StatusError } from '../../../common/errors.ts'
import type { SchemaNode } from '../schema.ts'
import { applyJsonPatch } from './json-patch.ts'
import { applyMergePatch } from './merge-patch.ts'
import { applyStrategicMerge } from './strategic-merge.ts'

/** The patch types that are understood, by media type. */
export const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json'] as const

/** Applies a patch of any type. `schema`: of the target, for strategic merge; a kind without one refuses it with 415. */
export function applyPatch(type: string, target: unknown, patch: unknown, schema: SchemaNode | undefined): unknown {
  switch (type) {
    case 'application/json-patch+json': return applyJsonPatch(target, patch)
    case 'application/merge-patch+json': return applyMergePatch(target, patch)
    case 'application/strategic-merge-patch+json':
      if (schema === undefined) throw unsupportedPatch(PATCH_TYPES.slice(0, 2))
      return applyStrategicMerge(target, patch, schema)
    default: throw unsupportedPatch(PATCH_TYPES)
  }
}

function unsupportedPatch(supported: readonly string[]): StatusError {
  return new StatusError('UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${supported.join(', ')}`)
}
