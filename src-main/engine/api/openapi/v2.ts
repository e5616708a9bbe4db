import type { GroupVersionKind, Schema } from './definitions.ts'
import { KUBERNETES_VERSION } from './definitions.ts'
import type { Method, Operation, ServedResource } from './operations.ts'
import { operationsOf } from './operations.ts'
import { NO_CUSTOM } from './custom-definitions.ts'
import type { CustomDefinitions } from './custom-definitions.ts'
import { definitionsOf } from './reachable.ts'

/** A parameter as OpenAPI v2 writes it. */
export interface V2Parameter {
  readonly name: string
  readonly in: 'query' | 'path' | 'body'
  readonly description?: string
  readonly required?: boolean
  readonly type?: string
  readonly uniqueItems?: boolean
  readonly schema?: Schema
}

/** An operation as OpenAPI v2 writes it. */
export interface V2Operation {
  readonly description: string
  readonly operationId: string
  readonly consumes: readonly string[]
  readonly produces: readonly string[]
  readonly parameters: readonly V2Parameter[]
  readonly responses: Readonly<Record<string, { readonly description: string; readonly schema?: Schema }>>
  readonly 'x-kubernetes-action': string
  readonly 'x-kubernetes-group-version-kind': GroupVersionKind
}

/** Paths as OpenAPI v2 writes them. */
export type V2Paths = Readonly<Record<string, Readonly<Partial<Record<Method, V2Operation>>>>>

/** What `/openapi/v2` says of itself. */
export const V2_HEAD = { swagger: '2.0', info: { title: 'Toque', version: `v${KUBERNETES_VERSION}` } } as const

/** A part of the OpenAPI v2 document: paths, and the definitions that they need, by name. */
export interface V2Part {
  readonly paths: V2Paths
  readonly definitions: Readonly<Record<string, Schema>>
}

const JSON_AND_YAML = ['application/json', 'application/yaml']

/** What OpenAPI v2 says of resources, with the definitions that it needs and no others. */
export function buildOpenApiV2(resources: readonly ServedResource[], custom: CustomDefinitions = NO_CUSTOM): V2Part {
  const operations = operationsOf(resources, custom.nameOf)
  const paths: Record<string, Partial<Record<Method, V2Operation>>> = {}
  for (const operation of operations) (paths[operation.path] ??= {})[operation.method] = v2Operation(operation)
  return { paths, definitions: definitionsOf(operations, custom.definitions) }
}

function v2Operation({ description, id, consumes, parameters, body, answer, action, gvk }: Operation): V2Operation {
  return {
    description,
    operationId: id,
    consumes: consumes.length > 0 ? consumes : ['*/*'],
    produces: JSON_AND_YAML,
    parameters: [
      ...(body === undefined ? [] : [{ name: 'body', in: 'body' as const, required: true, schema: reference(body) }]),
      ...parameters.map((p) => ({ name: p.name, in: p.in, description: p.description, type: p.type, uniqueItems: true, ...(p.in === 'path' ? { required: true } : {}) })),
    ],
    responses: { 200: { description: 'OK', schema: answer === undefined ? { type: 'string' } : reference(answer) }, 401: { description: 'Unauthorized' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  }
}

function reference(name: string): Schema {
  return { $ref: `#/definitions/${name}` }
}
