import { flowAt, type Flow } from './flow.ts'
import { marksOf, wayTo } from './marks.ts'
import type { Path } from './place.ts'

/** Where in a YAML text somebody types, told by lines and indents: a text that is being typed is seldom YAML. Items of lists are 0. */
export interface Cursor {
  /** `key`: the name of a field is typed, or an item of a list; `value`: what a field holds. */
  readonly part: 'key' | 'value'
  /** The way to the group that the key is in, or to the field whose value it is. */
  readonly path: Path
  /** What is typed of it already, and where that begins in the text. */
  readonly typed: string
  readonly from: number
  /** An item of a list may be typed here. */
  readonly isItem: boolean
  /** In flow style (`{…}`, `[…]`): the names that the group has already, that which is typed aside. */
  readonly flow?: ReadonlySet<string>
}

const WORD = /^[\w.@/:-]*$/
const VALUE = /^[\w.@/: -]*$/

/** The place at an offset; undefined where it cannot be told: in a comment, in a block of text, in quotes. */
export function cursorAt(text: string, offset: number): Cursor | undefined {
  const flow = flowAt(text, offset)
  if (flow !== undefined) return cursorIn(flow, offset)
  const before = text.slice(0, offset)
  const line = before.slice(before.lastIndexOf('\n') + 1)
  const lines = before.split('\n').slice(0, -1)
  const [, dashes = '', rest = ''] = /^(\s*(?:-\s+)*)(.*)$/.exec(line) ?? []
  if (line.includes('\t') || rest.startsWith('#') || inBlock(lines, dashes.length)) return undefined
  const value = /^(['"]?)([\w.@/-]+)\1:\s+(\S.*)?$/.exec(rest)
  if (value !== null) {
    const [, , key = '', typed = ''] = value
    if (!VALUE.test(typed)) return undefined
    return { part: 'value', path: [...wayTo(lines, line, dashes.length), key], typed, from: offset - typed.length, isItem: false }
  }
  if (!WORD.test(rest)) return undefined
  const path = wayTo(lines, line, dashes.length)
  return { part: 'key', path, typed: rest, from: offset - rest.length, isItem: path.at(-1) === 0 && /-\s+$/.test(dashes) }
}

function cursorIn({ path, isMap, key, word, isText, keys }: Flow, offset: number): Cursor | undefined {
  const typed = word.trimStart()
  const from = offset - typed.length
  if (path === undefined || isText || !(key === undefined && isMap ? WORD : VALUE).test(typed)) return undefined
  const flow = new Set(keys.filter((one) => one.from !== from).map(({ name }) => name))
  if (!isMap) return { part: 'key', path: [...path, 0], typed, from, isItem: true, flow }
  return key === undefined ? { part: 'key', path, typed, from, isItem: false, flow } : { part: 'value', path: [...path, key], typed, from, isItem: false, flow }
}

/** The field whose name is at an offset, and where the name is; undefined: there is none. */
export function fieldAt(text: string, offset: number): { path: Path; from: number; to: number } | undefined {
  const flow = flowAt(text, offset)
  if (flow !== undefined) {
    const found = flow.isMap ? flow.keys.find(({ from, to }) => from <= offset && offset <= to) : undefined
    return found === undefined || flow.path === undefined ? undefined : { path: [...flow.path, found.name], from: found.from, to: found.to }
  }
  const begin = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  const line = text.slice(begin, end < 0 ? text.length : end)
  const [, dashes = '', key = ''] = /^(\s*(?:-\s+)*)([\w.@/-]+)(?=\s*:(?:\s|$))/.exec(line) ?? []
  const from = begin + dashes.length
  if (key === '' || offset < from || offset > from + key.length) return undefined
  const lines = text.slice(0, begin).split('\n').slice(0, -1)
  return inBlock(lines, dashes.length) ? undefined : { path: [...wayTo(lines, dashes, dashes.length), key], from, to: from + key.length }
}

/** The names in the group of which one begins at `column` of a line (from 0), that one aside. */
export function keysAround(text: string, line: number, column: number): Set<string> {
  const marks = text.split('\n').map(marksOf)
  const keys = new Set<string>()
  const leaves = (at: number): boolean => marks[at]?.some((mark) => mark.column < column) === true
  const collect = (from: number, step: 1 | -1): void => {
    for (let at = from; at >= 0 && at < marks.length; at += step) {
      const key = marks[at]?.find((mark) => mark.column === column)?.key
      // Upwards the first line of a list's item is the group's own; downwards it begins the next one.
      if (key !== undefined && (step < 0 || !leaves(at))) keys.add(key)
      if (leaves(at)) return
    }
  }
  if (!leaves(line)) collect(line - 1, -1)
  collect(line + 1, 1)
  return keys
}

/** Is it in a text block (`|`, `>`) of a field above? */
function inBlock(lines: readonly string[], column: number): boolean {
  for (const above of [...lines].reverse()) {
    if (above.trim() === '') continue
    const indent = /^\s*/.exec(above)?.[0].length ?? 0
    if (indent >= column && column > 0) {
      if (/:\s*[|>][+-]?\d?\s*$/.test(above) && indent < column) return true
      continue
    }
    return /:\s*[|>][+-]?\d?\s*$/.test(above)
  }
  return false
}
