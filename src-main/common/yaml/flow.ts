import { wayTo } from './marks.ts'
import type { Path } from './place.ts'

/** A place in a group or a list in flow style: `{…}`, `[…]`. */
export interface Flow {
  /** The way to the innermost one that is open there; undefined: it cannot be told. */
  readonly path: Path | undefined
  readonly isMap: boolean
  /** Of a group: the name whose value is typed; undefined: a name is. */
  readonly key: string | undefined
  /** What stands before the place since the last sign that divides. */
  readonly word: string
  /** In quotes or a comment. */
  readonly isText: boolean
  /** The names in it, and where they are. */
  readonly keys: readonly FlowKey[]
}

interface FlowKey {
  readonly name: string
  readonly from: number
  readonly to: number
}

/** One that is open. `begin`: where the present name, value or item may begin. */
interface Open {
  readonly isMap: boolean
  readonly keys: FlowKey[]
  key: string | undefined
  begin: number
}

/** `quote`: the one that is open, `#` in a comment, or ''. */
type See = (at: number, open: readonly Open[], quote: string) => void

/** What begins a value in flow style on a line in block style. */
const BEGIN = /^(\s*(?:-\s+)*)(?:(['"]?)([^\s'"#[{][^'":#]*?)\2\s*:\s+)?(?:[&!]\S*\s+)*(?=[[{])/
const TEXT_BLOCK = /(?::|-)\s+[|>][+-]?\d?[+-]?\s*(?:#.*)?$/

/** What is at an offset in flow style; undefined: block style is. It need not be closed: a text that is being typed is seldom YAML. */
export function flowAt(text: string, offset: number): Flow | undefined {
  const start = flowAround(text, offset)
  if (start === undefined) return undefined
  let found: Omit<Flow, 'path'> & { inner: (string | 0 | undefined)[] } | undefined
  readFlow(text, start.from, start.indent, (at, open, quote) => {
    const top = open.at(-1)
    if (at !== offset || top === undefined) return
    found = { isMap: top.isMap, key: top.key, word: text.slice(top.begin, offset), isText: quote !== '', keys: top.keys, inner: open.slice(0, -1).map(({ isMap, key }) => (isMap ? key : 0)) }
  })
  if (found === undefined) return undefined
  const { inner, ...flow } = found
  return { ...flow, path: inner.every((step) => step !== undefined) ? [...start.path(), ...inner] : undefined }
}

/** Where the flow begins that an offset is in. */
function flowAround(text: string, offset: number): { from: number; indent: number; path: () => Path } | undefined {
  let block: number | undefined
  for (let at = 0; at < offset;) {
    const next = text.indexOf('\n', at)
    const line = text.slice(at, next < 0 ? text.length : next)
    const indent = /^ */.exec(line)?.[0].length ?? 0
    if (block !== undefined && line.trim() !== '' && indent <= block) block = undefined
    const [before, dashes = '', , key] = (block === undefined ? BEGIN.exec(line) : null) ?? []
    let last = at + line.length
    if (before !== undefined) {
      const from = at + before.length
      const begin = at
      const column = key === undefined ? dashes.trimEnd().length - 1 : dashes.length
      last = readFlow(text, from, column)
      if (offset > from && offset <= last) return { from, indent: column, path: () => [...wayTo(text.slice(0, begin).split('\n').slice(0, -1), line, dashes.length), ...(key === undefined ? [] : [key])] }
    } else if (block === undefined && TEXT_BLOCK.test(line)) block = indent
    const end = text.indexOf('\n', last)
    if (end < 0) return undefined
    at = end + 1
  }
  return undefined
}

/** Reads a flow from its first bracket on, and tells at each sign what is open before it. The last offset in it: it ends where it is closed, or at a line that is not indented more than what holds it. */
function readFlow(text: string, from: number, indent: number, see: See = () => undefined): number {
  const open: Open[] = []
  let quote = ''
  for (let at = from; at < text.length; at++) {
    see(at, open, quote)
    const sign = text[at] ?? ''
    const top = open.at(-1)
    if (sign === '\n') {
      if (isGivenUp(text, at + 1, indent)) return at
      if (quote !== '#') continue
      quote = ''
      // A comment before a name is no part of it.
      if (top !== undefined && /^\s*#/.test(text.slice(top.begin, at))) top.begin = at + 1
    } else if (quote !== '') {
      if (quote === '"' && sign === '\\') at++
      else if (sign === quote) quote = ''
    } else if (sign === '{' || sign === '[') open.push({ isMap: sign === '{', keys: [], key: undefined, begin: at + 1 })
    else if (top === undefined) return at
    else if (/["']/.test(sign) && text.slice(top.begin, at).trim() === '') quote = sign
    else if (sign === '#' && /\s/.test(text[at - 1] ?? '')) quote = '#'
    else if (sign === ':' && top.isMap && top.key === undefined && /["'\s,\]}]/.test(`${text[at - 1] ?? ''}${text[at + 1] ?? ' '}`)) {
      top.key = named(text, top, at)
      top.begin = at + 1
    } else if (sign === ',' || sign === '}' || sign === ']') {
      if (top.isMap && top.key === undefined) named(text, top, at)
      top.key = undefined
      top.begin = at + 1
      if (sign !== ',') open.pop()
      if (open.length === 0) return at
    }
  }
  see(text.length, open, quote)
  return text.length
}

/** Keeps the name that ends at `to`. */
function named(text: string, { begin, keys }: Open, to: number): string {
  const [, space = '', quote = '', name = ''] = /^(\s*)(["']?)(.*?)\2\s*$/s.exec(text.slice(begin, to)) ?? []
  const from = begin + space.length + quote.length
  if (name !== '') keys.push({ name, from, to: from + name.length })
  return name
}

function isGivenUp(text: string, begin: number, indent: number): boolean {
  const [, space = '', first = ''] = /^( *)([^\n]?)/.exec(text.slice(begin, begin + 200)) ?? []
  return first !== '' && !/[\]}#]/.test(first) && space.length <= indent
}
