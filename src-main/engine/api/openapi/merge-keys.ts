import type { SchemaNode } from '../schema.ts'
import type { Schema } from './definitions.ts'
import { resolve } from './definitions.ts'

const nodes = new WeakMap<Schema, SchemaNode>()

/** A schema as strategic merge and server-side apply walk it. The same schema gives the same node. */
export function nodeOf(schema: Schema): SchemaNode {
  let node = nodes.get(schema)
  if (node === undefined) {
    node = new DefinitionNode(schema)
    nodes.set(schema, node)
  }
  return node
}

/** Says how a place is merged: the extensions stand beside a reference, the shape behind it. */
class DefinitionNode implements SchemaNode {
  readonly #target: Schema
  readonly mergeKey: string | undefined
  readonly patchStrategy: readonly string[]
  readonly listType: string | undefined
  readonly listMapKeys: readonly string[]

  constructor(schema: Schema) {
    this.#target = resolve(schema)
    this.mergeKey = schema['x-kubernetes-patch-merge-key']
    this.patchStrategy = schema['x-kubernetes-patch-strategy']?.split(',') ?? []
    this.listType = schema['x-kubernetes-list-type']
    this.listMapKeys = schema['x-kubernetes-list-map-keys'] ?? []
  }

  field(name: string): SchemaNode | undefined {
    const { properties, additionalProperties } = this.#target
    const schema = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : additionalProperties
    return schema === undefined ? undefined : nodeOf(schema)
  }

  get items(): SchemaNode | undefined {
    return this.#target.items === undefined ? undefined : nodeOf(this.#target.items)
  }
}
