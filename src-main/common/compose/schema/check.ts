import type { Path } from '../../yaml/place.ts'
import type { Schema } from './schema.ts'
import { resolveSchema } from './schema.ts'
import { likelyName } from './suggest.ts'
import { expectedWords, pathText, typeOf, typesOf, typeWords } from './words.ts'

/** What is wrong with one field. `part`: whether its name or what it holds is to be marked. */
export interface Finding {
  readonly path: Path
  readonly part: 'key' | 'value'
  readonly message: string
}

/** Checks a value by a schema and says each thing that is wrong in a sentence. `filledIn`: was this text made from variables, so that `"3"` may stand for 3? */
export function checkSchema(value: unknown, schema: Schema, filledIn: (path: Path) => boolean = () => false, path: Path = []): Finding[] {
  const own = branch(value, resolveSchema(schema))
  const at = (message: string, part: Finding['part'] = 'value', where: Path = path): Finding[] => [{ path: where, part, message }]
  const name = path.length === 0 ? 'The file' : pathText(path)
  const types = typesOf(own)
  if (types.length > 0 && !accepts(types, value) && !(typeof value === 'string' && filledIn(path) && readsAs(types, value))) {
    if (value === null) return at(`${name} is empty: give it ${expectedWords(own)}, or leave it out.`, 'key')
    return at(`${name} must be ${expectedWords(own)}, not ${typeWords(value)}.`)
  }
  if (own.oneOf !== undefined) return []
  if (own.enum !== undefined && !own.enum.includes(value)) return at(`${name} must be one of ${own.enum.map(String).join(', ')}, not "${String(value)}".`)
  if (typeof value === 'string' && own.pattern !== undefined && !new RegExp(own.pattern).test(value)) return at(`${name} cannot be "${value}": it must be like ${own.pattern}.`)
  if (typeof value === 'number' && own.minimum !== undefined && value < own.minimum) return at(`${name} must be at least ${String(own.minimum)}, not ${String(value)}.`)
  if (typeof value === 'number' && own.maximum !== undefined && value > own.maximum) return at(`${name} must be at most ${String(own.maximum)}, not ${String(value)}.`)
  if (Array.isArray(value)) return [...repeated(value, own, path), ...value.flatMap((item, i) => (own.items === undefined ? [] : checkSchema(item, own.items, filledIn, [...path, i])))]
  if (typeof value !== 'object' || value === null) return []
  return checkKeys(value as Record<string, unknown>, own, filledIn, path)
}

function checkKeys(value: Record<string, unknown>, schema: Schema, filledIn: (path: Path) => boolean, path: Path): Finding[] {
  const name = path.length === 0 ? 'the file' : pathText(path)
  const missing = (schema.required ?? []).filter((key) => !(key in value)).map((key): Finding => ({ path, part: 'key', message: `${pathText(path)} needs ${key}.` }))
  const wrong = Object.entries(value).flatMap(([key, item]): Finding[] => {
    const next = keySchema(schema, key)
    if (next === true) return []
    if (next !== undefined) return checkSchema(item, next, filledIn, [...path, key])
    return [{ path: [...path, key], part: 'key', message: unknownKey(name, key, schema) }]
  })
  return [...missing, ...wrong]
}

/** What the schema says of a key; `true`: anything goes; undefined: there is no such key. */
function keySchema(schema: Schema, key: string): Schema | true | undefined {
  const named = schema.properties?.[key]
  if (named !== undefined) return named
  for (const [pattern, found] of Object.entries(schema.patternProperties ?? {})) if (new RegExp(pattern).test(key)) return found
  if (schema.additionalProperties === false) return undefined
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : true
}

function unknownKey(parent: string, key: string, schema: Schema): string {
  const known = Object.keys(schema.properties ?? {})
  if (known.length === 0) return `"${key}" cannot be a name in ${parent}: use letters, digits, dots, dashes and underscores.`
  const likely = likelyName(key, known)
  const hint = likely === undefined ? 'Check its spelling and its indentation.' : `Did you mean "${likely}"?`
  return `${parent === 'the file' ? 'The file' : parent} has no key "${key}". ${hint}`
}

function repeated(list: readonly unknown[], schema: Schema, path: Path): Finding[] {
  if (schema.uniqueItems !== true) return []
  const seen = list.map((item) => JSON.stringify(item))
  return list.flatMap((_, i): Finding[] => (seen.indexOf(seen[i] ?? '') === i ? [] : [{ path: [...path, i], part: 'value', message: `${pathText(path)} has ${seen[i] ?? ''} twice: leave one out.` }]))
}

/** Of several forms, the one that a value of its type has; the schema has at most one such for every type. */
function branch(value: unknown, schema: Schema): Schema {
  if (schema.oneOf === undefined) return schema
  const found = schema.oneOf.map(resolveSchema).find((option) => accepts(typesOf(option), value))
  return found === undefined ? schema : branch(value, found)
}

function accepts(types: readonly string[], value: unknown): boolean {
  const type = typeOf(value)
  return types.length === 0 || types.includes(type) || (type === 'integer' && types.includes('number'))
}

function readsAs(types: readonly string[], text: string): boolean {
  return (types.includes('boolean') && /^(true|false)$/.test(text)) || ((types.includes('integer') || types.includes('number')) && /^-?\d+(\.\d+)?$/.test(text))
}
