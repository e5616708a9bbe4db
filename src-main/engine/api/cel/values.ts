import { CelError } from './errors.ts'

/** A value of the language. int is a bigint, double a number. */
export type Value = null | boolean | bigint | number | string | Uint8Array | Uint | Timestamp | Duration | List | MapValue | Optional | TypeValue | Opaque

/** An unsigned whole number. */
export class Uint {
  readonly value: bigint
  constructor(value: bigint) {
    if (value < 0n || value > 0xffff_ffff_ffff_ffffn) throw new CelError('unsigned integer overflow')
    this.value = value
  }
}

/** A moment: nanoseconds since the epoch. */
export class Timestamp {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    if (nanos < FIRST_NANOS || nanos > LAST_NANOS) throw new CelError('timestamp overflow')
    this.nanos = nanos
  }
}
// The years 1 to 9999.
const FIRST_NANOS = -62_135_596_800n * 1_000_000_000n
const LAST_NANOS = 253_402_300_800n * 1_000_000_000n - 1n

/** A length of time, in nanoseconds. */
export class Duration {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    if (nanos > LONGEST || nanos < -LONGEST) throw new CelError('duration overflow')
    this.nanos = nanos
  }
}
const LONGEST = 0x7fff_ffff_ffff_ffffn

/** A list, whose items may be made only when they are asked for. */
export abstract class List {
  abstract readonly length: number
  abstract at(index: number): Value

  *[Symbol.iterator](): Generator<Value> {
    for (let i = 0; i < this.length; i++) yield this.at(i)
  }

  /** Is the order of no meaning, so that two such lists are equal as sets? */
  get isSet(): boolean {
    return false
  }
}

/** A list of values that are there. */
export class ArrayList extends List {
  readonly #items: readonly Value[]
  constructor(items: readonly Value[]) {
    super()
    this.#items = items
  }
  get length(): number {
    return this.#items.length
  }
  at(index: number): Value {
    return this.#items[index] as Value
  }
}

/** A map, or an object with fields. */
export abstract class MapValue {
  abstract readonly size: number
  /** Undefined where there is no such key. */
  abstract get(key: Value): Value | undefined
  abstract keys(): Iterable<Value>
  /** What `type()` says. */
  get typeName(): string {
    return 'map'
  }
}

/** A map of values that are there. */
export class EntryMap extends MapValue {
  readonly #entries = new Map<string, readonly [Value, Value]>()

  constructor(entries: Iterable<readonly [Value, Value]>) {
    super()
    for (const [key, value] of entries) {
      if (typeof key === 'number') throw new CelError('unsupported key type')
      const id = keyId(key)
      if (this.#entries.has(id)) throw new CelError(`Failed with repeated key`)
      this.#entries.set(id, [key, value])
    }
  }
  get size(): number {
    return this.#entries.size
  }
  get(key: Value): Value | undefined {
    return this.#entries.get(keyId(key))?.[1]
  }
  *keys(): Generator<Value> {
    for (const [key] of this.#entries.values()) yield key
  }
}

/** A key as a text that is the same for equal keys: 1, 1u and 1.0 are. */
function keyId(key: Value): string {
  if (typeof key === 'string') return `s${key}`
  if (typeof key === 'boolean') return `b${String(key)}`
  if (typeof key === 'bigint') return `n${String(key)}`
  if (key instanceof Uint) return `n${String(key.value)}`
  if (typeof key === 'number') return Number.isInteger(key) ? `n${String(BigInt(key))}` : `d${String(key)}`
  throw new CelError('unsupported key type')
}

/** A value that may not be there. */
export class Optional {
  readonly value: Value | undefined
  constructor(value: Value | undefined) {
    this.value = value
  }
  static readonly none = new Optional(undefined)
}

/** A type as a value: what `type(x)` gives. */
export class TypeValue {
  readonly type: string
  constructor(type: string) {
    this.type = type
  }
}

/** A value of an extension: a URL, an IP, a quantity, an authorizer. */
export abstract class Opaque {
  /** `kubernetes.Quantity`. */
  abstract readonly typeName: string
  /** Only of the same type. */
  abstract equals(other: Opaque): boolean

  /** A field of it; most have none. */
  field(_name: string): Value | undefined {
    return undefined
  }
}

/** The name of a value's type. */
export function typeOf(value: Value): string {
  if (value === null) return 'null_type'
  switch (typeof value) {
    case 'boolean': return 'bool'
    case 'bigint': return 'int'
    case 'number': return 'double'
    case 'string': return 'string'
    default: break
  }
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof Uint) return 'uint'
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp'
  if (value instanceof Duration) return 'google.protobuf.Duration'
  if (value instanceof List) return 'list'
  if (value instanceof MapValue) return value.typeName
  if (value instanceof Optional) return 'optional_type'
  if (value instanceof TypeValue) return 'type'
  return value.typeName
}
