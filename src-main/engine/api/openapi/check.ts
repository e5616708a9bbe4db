import { isMap, setField } from '../../../common/json.ts'
import type { CheckedBody } from '../schema.ts'
import type { Schema } from './definitions.ts'
import { INT_OR_STRING, META_V1, QUANTITY, referenceOf, resolve } from './definitions.ts'

/** Where the walk is: for people (`spec.containers[0].image`), and as Go's decoder names it. */
interface Place {
  readonly path: string
  /** Without list indices. */
  readonly goPath: string
  /** The Go struct that has the field. */
  readonly struct: string
}

type Findings = Pick<CheckedBody, 'unknown' | 'wrong'>

/** Reads a body by the schema named `definition`, as Go's decoder would: nulls and unknown fields fall away, wrong types are named. */
export function checkBody(definition: string, body: Record<string, unknown>): CheckedBody {
  const findings: Findings = { unknown: [], wrong: [] }
  const value = read({ $ref: `#/definitions/${definition}` }, body, { path: '', goPath: '', struct: shortName(definition) }, findings)
  return { value: isMap(value) ? value : {}, ...findings }
}

/** A deep copy without nulls in objects. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isMap(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([, child]) => child !== null).map(([name, child]) => [name, withoutNulls(child)]))
}

function read(schema: Schema, value: unknown, place: Place, findings: Findings): unknown {
  const name = referenceOf(schema)
  const target = resolve(schema)
  if (target['x-kubernetes-preserve-unknown-fields'] === true) return structuredClone(value)
  if (!fits(name, target, value)) {
    findings.wrong.push(wrongType(schema, value, place))
    return undefined
  }
  if (Array.isArray(value)) {
    const items = target.items ?? {}
    return value.filter((item) => item !== null).map((item, i) => read(items, item, { ...place, path: `${place.path}[${i}]` }, findings))
  }
  if (!isMap(value)) return value
  const struct = name === undefined ? place.struct : shortName(name)
  const copy: Record<string, unknown> = {}
  for (const [field, child] of Object.entries(value)) {
    const known = target.properties !== undefined && Object.hasOwn(target.properties, field) ? target.properties[field] : undefined
    const inner = known ?? target.additionalProperties
    if (inner === undefined && target.properties === undefined) copy[field] = withoutNulls(child)
    else if (inner === undefined) findings.unknown.push(join(place.path, field))
    else if (child !== null) {
      // Go names a map's entry after the map itself.
      const goPath = known === undefined ? place.goPath : join(place.goPath, field)
      const read1 = read(inner, child, { path: join(place.path, field), goPath, struct }, findings)
      if (read1 !== undefined) setField(copy, field, read1)
    }
  }
  return copy
}

function fits(name: string | undefined, schema: Schema, value: unknown): boolean {
  if (name === QUANTITY) return typeof value === 'string' || typeof value === 'number'
  if (name === INT_OR_STRING) return typeof value === 'string' || isInteger(value, 'int32')
  switch (schema.type) {
    case 'string':
      return typeof value === 'string'
    case 'boolean':
      return typeof value === 'boolean'
    case 'integer':
      return isInteger(value, schema.format)
    case 'number':
      return typeof value === 'number'
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isMap(value)
    default:
      return true
  }
}

function isInteger(value: unknown, format: string | undefined): boolean {
  return Number.isInteger(value) && (format !== 'int32' || Math.abs(value as number) <= 0x7fffffff || value === -0x80000000)
}

function wrongType(schema: Schema, value: unknown, { path, goPath, struct }: Place): CheckedBody['wrong'][number] {
  const expected = goType(schema)
  const actual = jsonKind(value)
  const shown = actual === 'number' && schema.type === 'integer' ? `number ${String(value)}` : actual
  const into = goPath === '' ? 'Go value' : `Go struct field ${struct}.${goPath}`
  return { path, expected, actual, message: `json: cannot unmarshal ${shown} into ${into} of type ${expected}` }
}

/** The Go type as its decoder would name it. */
function goType(schema: Schema): string {
  const name = referenceOf(schema)
  if (name === QUANTITY) return 'resource.Quantity'
  if (name === INT_OR_STRING) return 'intstr.IntOrString'
  if (name !== undefined) return `${name.split('.').at(-2) ?? 'v1'}.${shortName(name)}`
  switch (schema.type) {
    case 'integer':
      return schema.format ?? 'int32'
    case 'number':
      return 'float64'
    case 'boolean':
      return 'bool'
    case 'array':
      return `[]${goType(schema.items ?? {})}`
    case 'object':
      return `map[string]${goType(schema.additionalProperties ?? { type: 'string' })}`
    default:
      return schema.format === 'date-time' ? 'v1.Time' : 'string'
  }
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

function shortName(definition: string): string {
  return definition.startsWith(META_V1) ? definition.slice(META_V1.length) : (definition.split('.').at(-1) ?? definition)
}

function join(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`
}
