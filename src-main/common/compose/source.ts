import type { ScalarTag, Tags } from 'yaml'
import { isMap, isScalar, LineCounter, parseAllDocuments } from 'yaml'
import type { Problem } from '../contract/index.ts'
import type { Path, Span } from '../yaml/place.ts'
import { tooDeep } from '../yaml/depth.ts'
import { placeOf, span, syntaxMessage } from '../yaml/place.ts'

/** A text as plain values, with the way back to each one's place. */
export interface Source {
  readonly value: Record<string, unknown> | undefined
  readonly problems: Problem[]
  place(path: Path, part: 'key' | 'value'): Span
}

/** Reads YAML as Docker does: YAML 1.1's numbers (`0440` is octal) and merge keys, but `yes` and `on` are words, and `22:22` is text. */
export function parseSource(text: string): Source {
  const deep = tooDeep(text)
  if (deep !== undefined) return { value: undefined, problems: [deep], place: () => deep }
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, { lineCounter: lines, version: '1.1', customTags: asDocker, intAsBigInt: true, prettyErrors: false, logLevel: 'silent' })
  const documents = Array.isArray(parsed) ? parsed : []
  const root = documents[0]
  const nowhere = { line: 1, column: 1, endLine: 1, endColumn: 2 }
  const refuse = (message: string, at: Span = nowhere): Source => ({ value: undefined, problems: [{ severity: 'error', message, ...at }], place: () => at })

  const broken = documents.flatMap(({ errors }) => errors)[0]
  if (broken !== undefined) return refuse(syntaxMessage(broken.message), span(lines, broken.pos[0], broken.pos[1]))
  const contents = root?.contents ?? null
  if (root === undefined || contents === null || (isScalar(contents) && contents.value === null)) return refuse('This Compose file is empty: it should have at least services, each with an image.')
  if (!isMap(contents)) return refuse('This is not a Compose file: it should begin with services: and name each service below it.', span(lines, contents.range?.[0] ?? 0, contents.range?.[1] ?? 1))
  const second = documents[1]?.contents
  if (second !== undefined && second !== null && !(isScalar(second) && second.value === null)) {
    return refuse('A Compose file is one YAML document, and here a second one begins: put it into a file of its own.', span(lines, second.range?.[0] ?? 0, (second.range?.[0] ?? 0) + 1))
  }
  try {
    const value = plain(root.toJS({ maxAliasCount: 1000 })) as Record<string, unknown>
    return { value, problems: [], place: (path, part) => placeOf(contents, lines, path, part) }
  } catch (error) {
    return refuse(`This YAML cannot be read: ${(error as Error).message}`)
  }
}

/** A lone dot is the folder that one is in. */
const FLOAT = /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)$/

function isFloat(tag: Tags[number]): tag is ScalarTag {
  return typeof tag === 'object' && tag.tag === 'tag:yaml.org,2002:float' && 'test' in tag && tag.test?.test('.') === true
}

function asDocker(tags: Tags): Tags {
  const kept = tags.filter((tag) => typeof tag === 'string' || !(tag.tag === 'tag:yaml.org,2002:timestamp' || tag.tag === 'tag:yaml.org,2002:bool' || ('format' in tag && tag.format === 'TIME')))
  return [...kept.map((tag) => (isFloat(tag) ? { ...tag, test: FLOAT } : tag)), 'bool']
}

/** Whole numbers that a double cannot hold stay text, digit by digit. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}
