import type { Document, Node as YamlNode, Tags } from 'yaml'
import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml'
import type { Problem } from '../../common/contract/index.ts'
import { tooDeep } from '../../common/yaml/depth.ts'
import { placeOf, span, spanOf, syntaxMessage } from '../../common/yaml/place.ts'

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
  const deep = tooDeep(text)
  if (deep !== undefined) return { documents: [], problems: [deep] }
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
    place: (path, part) => placeOf(root, lines, path, part),
  }
}

/** kubectl reads a date or `22:30` as text. */
function withoutTimes(tags: Tags): Tags {
  return tags.filter((tag) => typeof tag === 'string' || !(tag.tag === 'tag:yaml.org,2002:timestamp' || ('format' in tag && tag.format === 'TIME')))
}

/** A field path as its steps: `spec.containers[0].env`, `metadata.labels[app.kubernetes.io/name]`. */
export function parsePath(path: string): (string | number)[] {
  return [...path.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)].map(([, name, inBrackets]) => {
    if (name !== undefined) return name
    const text = (inBrackets ?? '').replace(/^"(.*)"$/, '$1')
    return /^\d+$/.test(text) ? Number(text) : text
  })
}
