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
}

interface Mark {
  readonly column: number
  /** Undefined: the dash of a list's item. */
  readonly key: string | undefined
}

const WORD = /^[\w.@/:-]*$/

/** The place at an offset; undefined where it cannot be told: in flow style, in a comment, in a block of text. */
export function cursorAt(text: string, offset: number): Cursor | undefined {
  const before = text.slice(0, offset)
  const line = before.slice(before.lastIndexOf('\n') + 1)
  const lines = before.split('\n').slice(0, -1)
  const [, dashes = '', rest = ''] = /^(\s*(?:-\s+)*)(.*)$/.exec(line) ?? []
  if (line.includes('\t') || rest.startsWith('#') || inBlock(lines, dashes.length)) return undefined
  const value = /^(['"]?)([\w.@/-]+)\1:\s+(\S.*)?$/.exec(rest)
  if (value !== null) {
    const [, , key = '', typed = ''] = value
    if (!/^[\w.@/: -]*$/.test(typed)) return undefined
    return { part: 'value', path: [...wayTo(lines, line, dashes.length), key], typed, from: offset - typed.length, isItem: false }
  }
  if (!WORD.test(rest)) return undefined
  const path = wayTo(lines, line, dashes.length)
  return { part: 'key', path, typed: rest, from: offset - rest.length, isItem: path.at(-1) === 0 && /-\s+$/.test(dashes) }
}

/** The field whose name is at an offset, and where the name is; undefined: there is none. */
export function fieldAt(text: string, offset: number): { path: Path; from: number; to: number } | undefined {
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

/** What a line is indented by, from left to right. */
function marksOf(line: string): Mark[] {
  const marks: Mark[] = []
  let at = /^\s*/.exec(line)?.[0].length ?? 0
  for (let dash = /^-\s+/.exec(line.slice(at)); dash !== null || line.slice(at) === '-'; dash = /^-\s+/.exec(line.slice(at))) {
    marks.push({ column: at, key: undefined })
    if (dash === null) return marks
    at += dash[0].length
  }
  const key = /^(['"]?)([^\s'"#][^'":#]*?)\1\s*:(?:\s|$)/.exec(line.slice(at))
  if (key !== null) marks.push({ column: at, key: key[2] })
  return marks
}

function wayTo(lines: readonly string[], line: string, column: number): Path {
  const path: (string | number)[] = []
  let limit = column
  const climb = (marks: readonly Mark[]): void => {
    for (const mark of [...marks].reverse()) {
      // The dashes of a list may stand right below the name of the list.
      const below = path[0] === 0 && mark.key !== undefined ? mark.column <= limit : mark.column < limit
      if (!below) continue
      path.unshift(mark.key ?? 0)
      limit = mark.column
    }
  }
  climb(marksOf(/^\s*(?:-\s+)*/.exec(line)?.[0].trimEnd() ?? ''))
  for (const above of [...lines].reverse()) {
    if (above.trim() === '' || above.trimStart().startsWith('#')) continue
    climb(marksOf(above))
    if (limit === 0 && path[0] !== 0) break
  }
  return path
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
