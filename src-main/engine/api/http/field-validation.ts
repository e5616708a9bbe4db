import { badRequest, StatusError } from '../../../common/errors.ts'
import { apiVersionOf, type Resource } from '../../../common/kube/resource.ts'
import { checkKind } from '../rest/create.ts'
import type { SchemaNode, Schemas } from '../schema.ts'

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

/**
 * As `readObject`, for a configuration to be applied: no owner can be found for a field that the schema does not know, so one is refused however the fields are validated
 * (InternalError, as upstream's). What is there twice is refused or warned of. `of`: whom it is applied to.
 */
export function readConfiguration(schemas: Schemas, resource: Resource, body: unknown, validation: FieldValidation, warn: (message: string) => void, duplicates: readonly string[], of: { namespace: string; name: string }): Record<string, unknown> {
  const unknown: string[] = []
  const read = readObject(schemas, resource, body, 'Warn', (message) => unknown.push(message))
  if (unknown.length > 0) {
    const version = resource.group === '' ? `/${resource.version}` : apiVersionOf(resource)
    const paths = unknown.map((message) => `${asPath(JSON.parse(message.slice('unknown field '.length)) as string, body, schemas.node(resource))}: field not declared in schema`)
    const listed = paths.length === 1 ? paths[0] : `errors:\n${paths.map((path) => `  ${path}`).join('\n')}`
    throw new StatusError('InternalError', `failed to create typed patch object (${of.namespace}/${of.name}; ${version}, Kind=${resource.kind}): ${listed ?? ''}`)
  }
  if (duplicates.length > 0 && validation === 'Strict') throw badRequest(`error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  ${duplicates.join('\n  ')}`)
  if (validation === 'Warn') duplicates.forEach(warn)
  return read
}

/** `spec.containers[0].imag` as the owners of fields are told: items of a list with keys by these, `.spec.containers[name="web"].imag`. */
function asPath(path: string, body: unknown, root: SchemaNode | undefined): string {
  let shown = ''
  let node = root
  let value = body
  for (const [, field, index] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    const child = (value as Readonly<Record<string, unknown>> | undefined)?.[field ?? index ?? '']
    if (field !== undefined) {
      shown += `.${field}`
      node = node?.field(field)
    } else {
      const keys = node?.listType === 'map' ? node.listMapKeys.filter((key) => (child as Readonly<Record<string, unknown>>)[key] !== undefined) : []
      shown += keys.length === 0 ? `[${index ?? ''}]` : `[${keys.map((key) => `${key}=${JSON.stringify((child as Readonly<Record<string, unknown>>)[key])}`).join(',')}]`
      node = node?.items
    }
    value = child
  }
  return shown
}
