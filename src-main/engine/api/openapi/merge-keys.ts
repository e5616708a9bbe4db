import type { SchemaNode } from '../schema.ts'
import type { Schema } from './definitions.ts'
import { resolve } from './definitions.ts'

const nodes = new WeakMap<Schema, SchemaNode>()

/** Structs that upstream's types hold by value, though they are not required: every object has them. */
const BY_VALUE = new Set(['metadata', 'spec', 'status', 'template', 'jobTemplate', 'strategy', 'updateStrategy', 'loadBalancer', 'resources', 'state', 'lastState', 'daemonEndpoints', 'kubeletEndpoint', 'nodeInfo', 'names'])

/** A schema as strategic merge and server-side apply walk it. The same schema gives the same node. `isAlways`: the field of a type whose objects always have it. */
export function nodeOf(schema: Schema, isAlways = false): SchemaNode {
  let node = nodes.get(schema)
  if (node === undefined) {
    node = new DefinitionNode(schema, isAlways)
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
  readonly isAlways: boolean

  constructor(schema: Schema, isAlways: boolean) {
    this.isAlways = isAlways
    this.#target = resolve(schema)
    this.mergeKey = schema['x-kubernetes-patch-merge-key']
    this.patchStrategy = schema['x-kubernetes-patch-strategy']?.split(',') ?? []
    this.listType = schema['x-kubernetes-list-type'] ?? schema['x-kubernetes-map-type'] ?? this.#target['x-kubernetes-map-type']
    this.listMapKeys = schema['x-kubernetes-list-map-keys'] ?? []
  }

  field(name: string): SchemaNode | undefined {
    const { properties, additionalProperties, required } = this.#target
    const own = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined
    if (own !== undefined) return nodeOf(own, required?.includes(name) === true || BY_VALUE.has(name))
    return additionalProperties === undefined ? undefined : nodeOf(additionalProperties)
  }

  get items(): SchemaNode | undefined {
    return this.#target.items === undefined ? undefined : nodeOf(this.#target.items)
  }
}
