import { badRequest } from '../../../common/errors.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import { checkKind } from '../rest/create.ts'
import type { Schemas } from '../schema.ts'

/** What to do with fields that the schema does not know: refuse them, warn, or drop them silently. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

/** Reads the query's `fieldValidation`; absent is Warn. */
export function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const value = query.get('fieldValidation')
  if (value === null || value === '') return 'Warn'
  if (value === 'Strict' || value === 'Warn' || value === 'Ignore') return value
  throw badRequest(`fieldValidation: Unsupported value: "${value}": supported values: "Ignore", "Strict", "Warn"`)
}

/**
 * Reads a body by its kind's schema: returns a copy without nulls and unknown fields, calls `warn` for each of those when asked.
 * `duplicates`: what was found twice in it, in words; treated as unknown fields are.
 * BadRequest in upstream's words for a wrong type, another kind, or (Strict) an unknown field.
 */
export function readObject(schemas: Schemas, resource: Resource, body: unknown, validation: FieldValidation, warn: (message: string) => void, duplicates: readonly string[] = []): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw badRequest('the body of the request must be an object')
  checkKind(resource, body)
  const { value, unknown, wrong } = schemas.check(resource, body as Record<string, unknown>)
  const prefix = `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}`
  if (wrong.length > 0) throw badRequest(`${prefix}: ${wrong.map((w) => w.message).join(', ')}`)
  const notes = [...unknown.map((path) => `unknown field ${JSON.stringify(path)}`), ...duplicates]
  if (validation === 'Strict' && notes.length > 0) throw badRequest(`${prefix}: strict decoding error: ${notes.join(', ')}`)
  if (validation === 'Warn') notes.forEach(warn)
  return value
}
