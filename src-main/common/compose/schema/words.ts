import type { Schema } from './schema.ts'
import { resolveSchema } from './schema.ts'

const WORDS: Record<string, string> = {
  string: 'text', number: 'a number', integer: 'a whole number', boolean: 'true or false', array: 'a list', object: 'a group of keys', null: 'empty',
}

/** The JSON schema type of a value. */
export function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

/** What a value is, in words. */
export function typeWords(value: unknown): string {
  return WORDS[typeOf(value)] ?? typeof value
}

/** What a schema asks for, in words: `text, a number or a list`. */
export function expectedWords(schema: Schema): string {
  const types = [...new Set(typesOf(schema))]
  const words = types.filter((type) => type !== 'null' || types.length === 1).map((type) => WORDS[type] ?? type)
  return words.length < 2 ? (words[0] ?? 'something else') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
}

/** The types that a schema lets through, `[]` when it says none. */
export function typesOf(schema: Schema): string[] {
  const own = resolveSchema(schema)
  if (own.oneOf !== undefined) return own.oneOf.flatMap(typesOf)
  return own.type === undefined ? [] : typeof own.type === 'string' ? [own.type] : [...own.type]
}

/** A path as people write it: `services.web.ports[0].target`, `services["my app"].image`. */
export function pathText(path: readonly (string | number)[]): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${String(step)}]` : /^[\w./@-]+$/.test(step) && !(/[.]/.test(step)) ? `${i === 0 ? '' : '.'}${step}` : `["${step}"]`)).join('')
}
