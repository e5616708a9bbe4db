import type { Document, Node as YamlNode, Tags } from 'yaml'
import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml'
import type { Problem } from '../../common/contract/index.ts'

/** One object of a text, with the way back to its place there. */
export interface ManifestDocument {
  readonly body: Record<string, unknown>
  /** Where a field is in the text; `key`: the field's name, `value`: what it holds. A missing field is at the nearest one around it that is there. */
  place(path: readonly (string | number)[], part: 'key' | 'value'): Pick<Problem, 'line' | 'column' | 'endLine' | 'endColumn'>
}

/** What a text holds, and what is wrong with it as YAML. */
export interface ParsedText {
  documents: ManifestDocument[]
  problems: Problem[]
}

/**
 * Reads YAML as kubectl does (YAML 1.1: `0644` is octal, `yes` is true), several documents and Lists included. Empty documents are left out.
 */
export function parseManifests(text: string): ParsedText {
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, { lineCounter: lines, version: '1.1', customTags: withoutTimes, prettyErrors: false })
  const result: ParsedText = { documents: [], problems: [] }
  // An empty text is no document at all.
  for (const document of Array.isArray(parsed) ? parsed : []) {
    if (document.errors.length > 0) {
      result.problems.push(...document.errors.slice(0, 1).map(({ message, pos }) => ({ severity: 'error' as const, message: syntaxMessage(message), ...span(lines, pos[0], pos[1]) })))
      continue
    }
    read(document, lines, result)
  }
  return result
}

function read(document: Document.Parsed, lines: LineCounter, result: ParsedText): void {
  const { contents } = document
  if (contents === null || (isScalar(contents) && contents.value === null)) return
  const refuse = (node: YamlNode, message: string): void => void result.problems.push({ severity: 'error', message, ...spanOf(lines, node) })
  if (!isMap(contents)) return refuse(contents, 'This is not a manifest: it should begin with apiVersion and kind.')
  let body: unknown
  try {
    body = document.toJS({ maxAliasCount: 1000 })
  } catch (error) {
    return refuse(contents, `This YAML cannot be read: ${(error as Error).message}`)
  }
  const top = body as Record<string, unknown>
  const items = top['items']
  if (top['kind'] !== 'List' || !Array.isArray(items)) return void result.documents.push(manifest(top, contents, lines))
  const list = contents.get('items', true)
  for (const [i, item] of items.entries()) {
    const node = isSeq(list) ? (list.items[i] as YamlNode) : contents
    if (typeof item !== 'object' || item === null || !isMap(node)) refuse(node, 'This item of the list is not an object.')
    else result.documents.push(manifest(item as Record<string, unknown>, node, lines))
  }
}

function manifest(body: Record<string, unknown>, root: YamlNode, lines: LineCounter): ManifestDocument {
  return {
    body,
    place: (path, part) => {
      let node: YamlNode = root
      let best = keyOf(root)
      for (const [i, step] of path.entries()) {
        const found = child(node, step)
        if (found === undefined) return spanOf(lines, best)
        const last = i === path.length - 1
        best = last && part === 'value' && isScalar(found.value) && found.value.range !== null ? found.value : (found.key ?? found.value)
        node = found.value
      }
      return spanOf(lines, best)
    },
  }
}

/** A step down: the value and, in a map, its key. */
function child(node: YamlNode, step: string | number): { key: YamlNode | undefined; value: YamlNode } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(step)] as YamlNode | undefined
    return item === undefined ? undefined : { key: undefined, value: item }
  }
  if (!isMap(node)) return undefined
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
  if (pair === undefined) return undefined
  const key = pair.key as YamlNode
  return { key, value: (pair.value as YamlNode | null) ?? key }
}

/** A whole document is shown at its first key (`apiVersion`), not as a red page. */
function keyOf(node: YamlNode): YamlNode {
  return isMap(node) && node.items[0] !== undefined ? (node.items[0].key as YamlNode) : node
}

function spanOf(lines: LineCounter, node: YamlNode): Pick<Problem, 'line' | 'column' | 'endLine' | 'endColumn'> {
  if (isMap(node) || isSeq(node)) {
    const start = node.range?.[0] ?? 0
    return span(lines, start, start + 1)
  }
  return node.range ? span(lines, node.range[0], node.range[1]) : span(lines, 0, 1)
}

function span(lines: LineCounter, from: number, to: number): Required<Pick<Problem, 'line' | 'column' | 'endLine' | 'endColumn'>> {
  const start = lines.linePos(from)
  const end = lines.linePos(Math.max(to, from + 1))
  return { line: Math.max(1, start.line), column: Math.max(1, start.col), endLine: Math.max(1, end.line), endColumn: Math.max(1, end.col) }
}

/** kubectl reads a date or `22:30` as text. */
function withoutTimes(tags: Tags): Tags {
  return tags.filter((tag) => typeof tag === 'string' || !(tag.tag === 'tag:yaml.org,2002:timestamp' || ('format' in tag && tag.format === 'TIME')))
}

function syntaxMessage(message: string): string {
  return `This is not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`
}

/** A field path as its steps: `spec.containers[0].env`, `metadata.labels[app.kubernetes.io/name]`. */
export function parsePath(path: string): (string | number)[] {
  return [...path.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)].map(([, name, inBrackets]) => {
    if (name !== undefined) return name
    const text = (inBrackets ?? '').replace(/^"(.*)"$/, '$1')
    return /^\d+$/.test(text) ? Number(text) : text
  })
}
