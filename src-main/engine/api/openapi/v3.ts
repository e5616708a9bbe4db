import { groupBy } from '../../../common/group-by.ts'
import type { GroupVersionKind, Schema } from './definitions.ts'
import { INT_OR_STRING, KUBERNETES_VERSION, QUANTITY } from './definitions.ts'
import type { Method, Operation, ServedResource } from './operations.ts'
import { operationsOf } from './operations.ts'
import { NO_CUSTOM } from './custom-definitions.ts'
import type { CustomDefinitions } from './custom-definitions.ts'
import { definitionsOf } from './reachable.ts'

/** A schema as OpenAPI v3 writes it. */
export type V3Schema = Readonly<Record<string, unknown>>

/** An operation as OpenAPI v3 writes it. */
export interface V3Operation {
  readonly description: string
  readonly operationId: string
  readonly parameters: readonly object[]
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, { readonly schema: V3Schema }>> }
  readonly responses: Readonly<Record<string, object>>
  readonly 'x-kubernetes-action': string
  readonly 'x-kubernetes-group-version-kind': GroupVersionKind
}

/** The document of one group and version. */
export interface V3Document {
  readonly openapi: '3.0.0'
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Partial<Record<Method, V3Operation>>>>>
  readonly components: { readonly schemas: Readonly<Record<string, V3Schema>> }
}

/** The OpenAPI v3 documents of what is served, by their path below `/openapi/v3/`: `api/v1`, `apis/apps/v1`. */
export function buildOpenApiV3(resources: readonly ServedResource[], custom: CustomDefinitions = NO_CUSTOM): Record<string, V3Document> {
  return Object.fromEntries([...groupBy(operationsOf(resources, custom.nameOf), documentName)].map(([name, operations]) => [name, documentOf(operations, custom.definitions)]))
}

/** The name of the document that a group and version is in: `apis/apps/v1`. */
export function documentName({ group, version }: Pick<Operation, 'group' | 'version'>): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`
}

function documentOf(operations: readonly Operation[], more: CustomDefinitions['definitions']): V3Document {
  const paths: Record<string, Partial<Record<Method, V3Operation>>> = {}
  for (const operation of operations) (paths[operation.path] ??= {})[operation.method] = v3Operation(operation)
  const schemas = Object.fromEntries(Object.entries(definitionsOf(operations, more)).map(([name, schema]) => [name, definition(name, schema)]))
  return { openapi: '3.0.0', info: { title: 'Toque', version: `v${KUBERNETES_VERSION}` }, paths, components: { schemas } }
}

function v3Operation({ description, id, consumes, parameters, body, answer, action, gvk }: Operation): V3Operation {
  const answers = { schema: answer === undefined ? { type: 'string' } : reference(answer) }
  return {
    description,
    operationId: id,
    parameters: parameters.map((p) => ({ name: p.name, in: p.in, description: p.description, schema: { type: p.type, uniqueItems: true }, ...(p.in === 'path' ? { required: true } : {}) })),
    ...(body === undefined ? {} : { requestBody: { required: action !== 'delete' && action !== 'deletecollection', content: Object.fromEntries(consumes.map((type) => [type, { schema: reference(body) }])) } }),
    responses: { 200: { description: 'OK', content: { 'application/json': answers, 'application/yaml': answers } }, 401: { description: 'Unauthorized' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  }
}

function definition(name: string, schema: Schema): V3Schema {
  if (name === QUANTITY) return { description: schema.description, oneOf: [{ type: 'string' }, { type: 'number' }] }
  if (name === INT_OR_STRING) return { description: schema.description, format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] }
  return translate(schema)
}

function reference(name: string): V3Schema {
  return { $ref: `#/components/schemas/${name}` }
}

/** What stands beside a reference would not count in v3, so it goes around it. */
function translate(schema: Schema): V3Schema {
  const { $ref, properties, items, additionalProperties, ...rest } = schema
  const target = $ref?.replace('#/definitions/', '#/components/schemas/')
  if (target !== undefined) return Object.keys(rest).length === 0 ? { $ref: target } : { ...rest, allOf: [{ $ref: target }] }
  return {
    ...rest,
    ...(items === undefined ? {} : { items: translate(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: translate(additionalProperties) }),
    ...(properties === undefined ? {} : { properties: Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, translate(child)])) }),
  }
}
