import type { SchemaNode } from '../../schema.ts'
import type { JsonSchema } from './json-schema.ts'
import { isEmbedded, propertyOf, valuesOf } from './json-schema.ts'

const nodes = new WeakMap<JsonSchema, SchemaNode>()

/**
 * A structural schema as server-side apply walks it. Lists are atomic unless they say that they are sets or maps, maps merge unless they
 * say that they are atomic; below what the schema does not know, maps merge and lists are atomic. `metadata`: of the root and of embedded resources.
 */
export function mergeNodeOf(schema: JsonSchema, metadata: SchemaNode | undefined, isRoot = false): SchemaNode {
  const known = nodes.get(schema)
  if (known !== undefined) return known
  const node = new StructuralNode(schema, metadata, isRoot || isEmbedded(schema))
  nodes.set(schema, node)
  return node
}

class StructuralNode implements SchemaNode {
  readonly #schema: JsonSchema
  readonly #metadata: SchemaNode | undefined
  readonly #isResource: boolean
  readonly mergeKey = undefined
  readonly patchStrategy: readonly string[] = []
  readonly listType: string | undefined
  readonly listMapKeys: readonly string[]
  readonly keyDefaults: Readonly<Record<string, unknown>>

  constructor(schema: JsonSchema, metadata: SchemaNode | undefined, isResource: boolean) {
    this.#schema = schema
    this.#metadata = metadata
    this.#isResource = isResource
    this.listType = schema['x-kubernetes-list-type'] ?? schema['x-kubernetes-map-type'] ?? (schema.items === undefined ? undefined : 'atomic')
    this.listMapKeys = schema['x-kubernetes-list-map-keys'] ?? []
    this.keyDefaults = Object.fromEntries(this.listMapKeys.map((key) => [key, propertyOf(schema.items, key)?.default]))
  }

  field(name: string): SchemaNode | undefined {
    if (this.#isResource && name === 'metadata') return this.#metadata
    const schema = propertyOf(this.#schema, name) ?? valuesOf(this.#schema)
    return schema === undefined ? undefined : mergeNodeOf(schema, this.#metadata)
  }

  get items(): SchemaNode | undefined {
    return this.#schema.items === undefined ? undefined : mergeNodeOf(this.#schema.items, this.#metadata)
  }

  /** The default of a list's key, where an item leaves it out. */
  defaultOf(key: string): unknown {
    return this.#schema.items?.properties?.[key]?.default
  }
}
