import { isMap } from '../../../../common/json.ts'
import { ArrayList, List, MapValue } from '../../cel/values.ts'
import type { Value } from '../../cel/values.ts'
import { readDuration, readTimestamp } from '../../cel/time.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { fieldOf, isEmbedded, keepsUnknown, propertyOf, valuesOf } from '../schema/json-schema.ts'
import { keyOf } from '../schema/correlate.ts'
import { unescaped } from './field-names.ts'

/** A JSON value as expressions see it, by its schema: `type: integer` is int, `format: date-time` a timestamp. Made bit by bit, as it is looked at. */
export function valueOf(value: unknown, schema: JsonSchema | undefined, isRoot = false): Value {
  if (value === null || value === undefined) return null
  if (schema === undefined || (keepsUnknown(schema) && schema.properties === undefined && schema.items === undefined)) return plainValue(value)
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return schema.type === 'number' ? value : Number.isInteger(value) ? BigInt(value) : value
  if (typeof value === 'string') return textValue(value, schema)
  if (Array.isArray(value)) return new JsonList(value, schema)
  return new JsonMap(value as Record<string, unknown>, schema, isRoot)
}

/** A JSON value of which nothing is known: whole numbers are int. */
export function plainValue(value: unknown): Value {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return new JsonList(value, {})
  return new JsonMap(value as Record<string, unknown>, undefined, false)
}

function textValue(text: string, { format }: JsonSchema): Value {
  try {
    switch (format) {
      case 'byte': return Buffer.from(text, 'base64')
      case 'date': return readTimestamp(`${text}T00:00:00Z`)
      case 'date-time': return readTimestamp(text)
      case 'duration': return readDuration(text)
      default: return text
    }
  } catch {
    // What has another form than Go reads stays a text.
    return text
  }
}

class JsonList extends List {
  readonly #items: readonly unknown[]
  readonly #schema: JsonSchema

  constructor(items: readonly unknown[], schema: JsonSchema) {
    super()
    this.#items = items
    this.#schema = schema
  }

  get length(): number {
    return this.#items.length
  }

  override get isSet(): boolean {
    const type = this.#schema['x-kubernetes-list-type']
    return type === 'set' || type === 'map'
  }

  at(index: number): Value {
    return this.#schema.items === undefined ? plainValue(this.#items[index]) : valueOf(this.#items[index], this.#schema.items)
  }

  /** Two lists that are sets or maps together: what the second has takes the place of what the first has. */
  merged(other: JsonList): List {
    const key = (item: unknown): string => (this.#schema['x-kubernetes-list-type'] === 'map' ? keyOf(item, this.#schema) : JSON.stringify(item))
    const all = new Map<string, unknown>([...this.#items, ...other.#items].map((item) => [key(item), item]))
    return new ArrayList([...all.values()].map((item) => (this.#schema.items === undefined ? plainValue(item) : valueOf(item, this.#schema.items))))
  }
}

class JsonMap extends MapValue {
  readonly #fields: Readonly<Record<string, unknown>>
  readonly #schema: JsonSchema | undefined
  readonly #isRoot: boolean

  constructor(fields: Readonly<Record<string, unknown>>, schema: JsonSchema | undefined, isRoot: boolean) {
    super()
    this.#fields = fields
    this.#schema = schema
    this.#isRoot = isRoot
  }

  get size(): number {
    return Object.keys(this.#fields).length
  }

  override get typeName(): string {
    return this.#schema?.properties === undefined ? 'map' : 'object'
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined
    // Fields are named as identifiers are; keys of maps are what they are.
    const name = this.#schema?.properties === undefined ? key : unescaped(key)
    if (!Object.hasOwn(this.#fields, name)) return undefined
    const value = this.#fields[name]
    const schema = fieldOf(this.#schema, name)
    if (schema !== undefined) return value === null && schema.nullable !== true ? undefined : valueOf(value, schema)
    if (this.#isRoot || (this.#schema !== undefined && isEmbedded(this.#schema))) return name === 'metadata' ? metadataOf(value, this.#isRoot) : name === 'apiVersion' || name === 'kind' ? plainValue(value) : undefined
    // What the schema keeps without knowing it is not seen by expressions.
    if (this.#schema?.properties !== undefined && propertyOf(this.#schema, name) === undefined && valuesOf(this.#schema) === undefined) return undefined
    return plainValue(value)
  }

  *keys(): Generator<Value> {
    yield* Object.keys(this.#fields)
  }
}

const METADATA: JsonSchema = { type: 'object', properties: { name: { type: 'string' }, generateName: { type: 'string' } } }

/** Of metadata, expressions see the names. */
function metadataOf(value: unknown, _isRoot: boolean): Value {
  return valueOf(isMap(value) ? value : {}, METADATA)
}
