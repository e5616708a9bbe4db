import type { Schema } from '../../openapi/definitions.ts'
import { DEFINITIONS, META_V1 } from '../../openapi/definitions.ts'
import type { JsonSchema } from './json-schema.ts'

/** What OpenAPI v3 has and v2 has not: left out of the older document, as upstream does. */
const ONLY_V3 = ['oneOf', 'anyOf', 'allOf', 'not', 'nullable', 'default'] as const

/** What OpenAPI says of one version of a custom kind. */
export interface PublishedKind {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly listKind: string
  readonly schema: JsonSchema
}

/** `com.example.stable.v1.CronTab`. */
export function definitionName({ group, version }: Pick<PublishedKind, 'group' | 'version'>, kind: string): string {
  return [...group.split('.').reverse(), version, kind].join('.')
}

/** The definitions of a custom kind and of its list, by name. `version`: of OpenAPI. */
export function definitionsFor(kind: PublishedKind, version: 2 | 3): Record<string, Schema> {
  const gvk = (name: string): Schema['x-kubernetes-group-version-kind'] => [{ group: kind.group, version: kind.version, kind: name }]
  const own = asOpenApi(kind.schema, version)
  const isOpen = kind.schema['x-kubernetes-preserve-unknown-fields'] === true && version === 2
  // That of which nothing is said, a client of v2 takes as it is: what the kind itself does.
  const shown: Schema = isOpen ? { type: 'object' } : { ...own, type: 'object', properties: { ...own.properties, ...OF_ALL } }
  return {
    [definitionName(kind, kind.kind)]: { ...shown, 'x-kubernetes-group-version-kind': gvk(kind.kind) },
    [definitionName(kind, kind.listKind)]: {
      description: `${kind.listKind} is a list of ${kind.kind}`, type: 'object', required: ['items'],
      properties: {
        apiVersion: API_VERSION, kind: KIND, metadata: { $ref: `#/definitions/${META_V1}ListMeta`, description: METADATA.replace('object', 'list') },
        items: { type: 'array', description: `List of ${kind.kind}.`, items: { $ref: `#/definitions/${definitionName(kind, kind.kind)}` } },
      },
      'x-kubernetes-group-version-kind': gvk(kind.listKind),
    },
  }
}

/** What all kinds have, in the words of those that are built in. */
const { apiVersion: API_VERSION = {}, kind: KIND = {} } = DEFINITIONS['io.k8s.api.core.v1.ConfigMap']?.properties ?? {}
const METADATA = "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
const OF_ALL = { apiVersion: API_VERSION, kind: KIND, metadata: { $ref: `#/definitions/${META_V1}ObjectMeta`, description: METADATA } }

function asOpenApi(schema: JsonSchema, version: 2 | 3): Schema {
  const { items, properties, additionalProperties, ...rest } = schema
  const own: Record<string, unknown> = { ...rest }
  if (version === 2) {
    for (const field of ONLY_V3) Reflect.deleteProperty(own, field)
    // What may be null, or two types, has no type in v2.
    if (schema.nullable === true || schema['x-kubernetes-int-or-string'] === true) delete own['type']
    // A client of v2 would refuse what the schema does not name, which is kept here.
    if (schema['x-kubernetes-preserve-unknown-fields'] === true) return own
    if (schema.nullable === true) return own
  }
  return {
    ...own,
    ...(items === undefined ? {} : { items: asOpenApi(items, version) }),
    ...(additionalProperties === undefined || additionalProperties === false ? {} : { additionalProperties: additionalProperties === true ? {} : asOpenApi(additionalProperties, version) }),
    ...(properties === undefined ? {} : { properties: Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, asOpenApi(child, version)])) }),
  }
}
