import { isMap } from '../../json.ts'
import { parseSource } from '../source.ts'
import { FILE_RULES } from '../in-swarm/file-rules.ts'
import type { Rule } from '../in-swarm/rule.ts'
import { STACK_VALUES } from '../in-swarm/values.ts'
import type { Path } from '../../yaml/place.ts'
import { pathText } from '../schema/words.ts'
import { cursorAt, fieldAt } from '../../yaml/cursor.ts'
import { descriptionAt, schemasAt } from './schema-at.ts'
import { areServiceLabels, labelWords, TOQUE_LABELS } from './toque-labels.ts'

/** One thing that could be typed. */
export interface Suggestion {
  readonly text: string
  readonly kind: 'key' | 'value'
  /** The Compose specification's words about it. */
  readonly description: string
  /** What Swarm does with it, where that is not what it says. */
  readonly swarm?: SwarmWord
  /** What is typed behind a key: a new line below it, or a value beside it. */
  readonly after: '' | ': ' | ':\n'
  /** It begins a group in braces, as an item of a list in flow style. */
  readonly inBraces?: true
}

/** `more`: Docker's own tool does not take it, and this one does. */
export interface SwarmWord {
  readonly is: 'ignored' | 'refused' | 'more'
  readonly why: string
}

export interface Suggestions {
  /** Where what is typed already begins. */
  readonly from: number
  readonly items: readonly Suggestion[]
}

/** What could be typed at an offset of a stack's Compose text; undefined: nothing is known there. Pure. */
export function complete(text: string, offset: number): Suggestions | undefined {
  const cursor = cursorAt(text, offset)
  if (cursor === undefined) return undefined
  const { path, from, part, isItem, flow } = cursor
  if (part === 'value') return some(from, valuesAt(path, text))
  const keys = keysAt(path, isItem ? new Set() : flow ?? new Set(keysBeside(text, path))).map((item): Suggestion => (flow === undefined ? item : { ...item, after: ': ', ...(isItem ? { inBraces: true } : {}) }))
  return some(from, isItem ? [...keys, ...valuesAt(path, text)] : keys)
}

/** What is known of the field whose name is at an offset: the specification's words, and Swarm's. */
export function explain(text: string, offset: number): { from: number; to: number; title: string; description: string; swarm?: SwarmWord } | undefined {
  const field = fieldAt(text, offset)
  if (field === undefined) return undefined
  const description = labelWords(field.path) ?? descriptionAt(field.path)
  const swarm = swarmWord(field.path)
  if (description === '' && swarm === undefined) return undefined
  return { from: field.from, to: field.to, title: pathText(field.path), description, ...(swarm === undefined ? {} : { swarm }) }
}

function some(from: number, items: Suggestion[]): Suggestions | undefined {
  const unique = [...new Map(items.map((item) => [item.text, item])).values()]
  return unique.length === 0 ? undefined : { from, items: unique }
}

function keysAt(path: Path, there: ReadonlySet<string>): Suggestion[] {
  if (areServiceLabels(path)) return Object.entries(TOQUE_LABELS).filter(([label]) => !there.has(label)).map(([label, description]) => ({ text: label, kind: 'key', description, after: ': ' }))
  return schemasAt(path).flatMap(({ properties = {} }) => Object.keys(properties)).filter((key) => !there.has(key)).map((key) => {
    const at = [...path, key]
    const swarm = swarmWord(at)
    const isGroup = schemasAt(at).some(({ type }) => type === 'object' || type === 'array' || (Array.isArray(type) && (type.includes('object') || type.includes('array'))))
    return { text: key, kind: 'key', description: descriptionAt(at), after: isGroup ? ':\n' : ': ', ...(swarm === undefined ? {} : { swarm }) }
  })
}

function valuesAt(path: Path, text: string): Suggestion[] {
  const schemas = schemasAt(path)
  const listed = STACK_VALUES[withoutNames(path)] ?? schemas.flatMap(({ enum: values = [] }) => values.map(String))
  const flags = schemas.some(({ type }) => type === 'boolean' || (Array.isArray(type) && type.includes('boolean'))) ? ['true', 'false'] : []
  const values = [...namesFor(path, text), ...(listed.length > 0 ? listed : flags)]
  return values.map((value) => ({ text: value, kind: 'value', description: '', after: '' }))
}

/** The networks, secrets and configs that the text itself defines, where a service names them. */
function namesFor(path: Path, text: string): string[] {
  const [services, , part, , field] = path
  if (services !== 'services' || (part !== 'networks' && part !== 'secrets' && part !== 'configs') || (path.length > 4 && field !== 'source')) return []
  const value = definedIn(text, part)
  return path.length < 4 ? [] : value
}

/** Lenient: a text that is being typed is seldom whole. */
function definedIn(text: string, part: string): string[] {
  const section = parseSource(text).value?.[part]
  if (isMap(section)) return Object.keys(section)
  const lines = text.split('\n')
  const begin = lines.findIndex((line) => new RegExp(`^${part}:`).test(line))
  if (begin < 0) return []
  const names: string[] = []
  for (const line of lines.slice(begin + 1)) {
    if (/^\S/.test(line)) break
    const name = /^ {1,4}([\w.-]+):/.exec(line)?.[1]
    if (name !== undefined && (names.length === 0 || line.search(/\S/) === lines[begin + 1]?.search(/\S/))) names.push(name)
  }
  return names
}

function keysBeside(text: string, path: Path): string[] {
  let value: unknown = parseSource(text).value
  for (const step of path) value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[String(step)] : undefined
  return isMap(value) ? Object.keys(value) : []
}

/** `services.deploy.mode`: without what people name, and without places in lists. */
function withoutNames(path: Path): string {
  return path.filter((step, i) => typeof step === 'string' && i !== 1).join('.')
}

function swarmWord(path: Path): SwarmWord | undefined {
  let rule: Rule | undefined = FILE_RULES
  for (const step of path) {
    if (rule?.is !== 'group') return undefined
    if (typeof step === 'string') rule = rule.keys[step] ?? rule.keys['*']
  }
  return rule?.is === 'ignored' || rule?.is === 'refused' || rule?.is === 'more' ? { is: rule.is, why: rule.why } : undefined
}
