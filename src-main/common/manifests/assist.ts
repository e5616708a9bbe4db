import type { KindRef, ManifestField } from '../contract/index.ts'
import { cursorAt, fieldAt, keysAround, type Cursor } from '../yaml/cursor.ts'
import type { Path } from '../yaml/place.ts'
import { valuesFor } from './values.ts'

/** What the cluster knows of its kinds. */
export interface ManifestWords {
  /** The kinds that it serves. */
  kinds(): Promise<readonly KindRef[]>
  /** The fields of a place in a kind's manifest; [] where it knows none. Items of lists are 0. */
  fields(of: KindRef, path: Path): Promise<readonly ManifestField[]>
}

/** One thing that could be typed. */
export interface ManifestSuggestion {
  readonly text: string
  readonly kind: 'key' | 'value'
  readonly description: string
  /** Without it the manifest is refused. */
  readonly isRequired: boolean
  /** What is typed behind a key: a new line below it, or a value beside it. */
  readonly after: '' | ': ' | ':\n'
  /** It begins a group in braces, as an item of a list in flow style. */
  readonly inBraces?: true
}

const DOCUMENT = /^---.*$/gm
const BEGINNING: readonly ManifestField[] = [
  { name: 'apiVersion', description: 'The group and version of the kind: v1, apps/v1.', type: 'string', isRequired: true, values: [] },
  { name: 'kind', description: 'What this is: Deployment, Service, ConfigMap.', type: 'string', isRequired: true, values: [] },
]

/** What could be typed at an offset of a text of manifests; undefined: nothing is known there. The schema is the cluster's own, custom kinds included. */
export async function completeManifest(text: string, offset: number, words: ManifestWords): Promise<{ from: number; items: readonly ManifestSuggestion[] } | undefined> {
  const { part: document, start } = documentAt(text, offset)
  const cursor = cursorAt(document, offset - start)
  if (cursor === undefined) return undefined
  const items = await suggestions(document, cursor, words)
  return items.length === 0 ? undefined : { from: start + cursor.from, items }
}

/** What is known of the field whose name is at an offset, in the schema's words. */
export async function explainManifest(text: string, offset: number, words: ManifestWords): Promise<{ from: number; to: number; title: string; description: string } | undefined> {
  const { part: document, start } = documentAt(text, offset)
  const field = fieldAt(document, offset - start)
  const of = kindOf(document)
  if (field === undefined || of === undefined) return undefined
  const found = (await words.fields(of, field.path.slice(0, -1))).find(({ name }) => name === field.path.at(-1))
  if (found === undefined || found.description === '') return undefined
  return { from: start + field.from, to: start + field.to, title: `${field.path.filter((step) => step !== 0).join('.')}: ${found.type}`, description: found.description }
}

async function suggestions(document: string, cursor: Cursor, words: ManifestWords): Promise<ManifestSuggestion[]> {
  const { path, part, isItem, flow } = cursor
  const [first] = path
  if (part === 'value' && path.length === 1 && (first === 'apiVersion' || first === 'kind')) return (await namesFor(first, document, words)).map(asValue)
  const of = kindOf(document)
  if (part === 'value') return of === undefined ? [] : (await valuesAt(of, path, words)).map(asValue)
  const fields = of === undefined ? (path.length === 0 ? BEGINNING : []) : await words.fields(of, path)
  const there = isItem && flow !== undefined ? new Set<string>() : flow ?? besides(document, cursor)
  const keys = fields.filter(({ name }) => !there.has(name)).sort((a, b) => Number(b.isRequired) - Number(a.isRequired)).map(asKey).map((item): ManifestSuggestion => (flow === undefined ? item : { ...item, after: ': ', ...(isItem ? { inBraces: true } : {}) }))
  return isItem && of !== undefined && keys.length === 0 ? (await valuesAt(of, path.slice(0, -1), words)).map(asValue) : keys
}

/** The document of the text that an offset is in, and where that begins. */
function documentAt(text: string, offset: number): { part: string; start: number } {
  let start = 0
  for (const { index, 0: line } of text.matchAll(DOCUMENT)) {
    const below = index + line.length + 1
    if (offset < below) return { part: text.slice(start, Math.max(index, offset)), start }
    start = below
  }
  return { part: text.slice(start), start }
}

function saidOf(document: string, key: 'apiVersion' | 'kind'): string | undefined {
  return new RegExp(`^${key}:[ \\t]+["']?([\\w./-]+)["']?[ \\t]*(?:#.*)?$`, 'm').exec(document)?.[1]
}

function kindOf(document: string): KindRef | undefined {
  const [apiVersion, kind] = [saidOf(document, 'apiVersion'), saidOf(document, 'kind')]
  return apiVersion === undefined || kind === undefined ? undefined : { apiVersion, kind }
}

/** Those that fit what the document says of the other one; all of them where none does. */
async function namesFor(what: 'apiVersion' | 'kind', document: string, words: ManifestWords): Promise<string[]> {
  const other = what === 'kind' ? 'apiVersion' : 'kind'
  const said = saidOf(document, other)
  const kinds = await words.kinds()
  const fitting = kinds.filter((kind) => kind[other] === said)
  return [...new Set((fitting.length > 0 ? fitting : kinds).map((kind) => kind[what]))].sort()
}

async function valuesAt(of: KindRef, path: Path, words: ManifestWords): Promise<readonly string[]> {
  const field = (await words.fields(of, path.slice(0, -1))).find(({ name }) => name === path.at(-1))
  if (field === undefined) return []
  if (field.values.length > 0) return field.values
  if (field.type === 'boolean') return ['true', 'false']
  return of.kind === 'Service' && path.join('.') === 'spec.type' ? ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'] : valuesFor(path)
}

function besides(document: string, { from }: Cursor): ReadonlySet<string> {
  const before = document.slice(0, from).split('\n')
  return keysAround(document, before.length - 1, before.at(-1)?.length ?? 0)
}

function asKey({ name, description, type, isRequired }: ManifestField): ManifestSuggestion {
  const isGroup = type === 'object' || type === 'list' || type === 'map'
  return { text: name, kind: 'key', description, isRequired, after: isGroup ? ':\n' : ': ' }
}

function asValue(text: string): ManifestSuggestion {
  return { text, kind: 'value', description: '', isRequired: false, after: '' }
}
