import { CelSyntaxError } from './errors.ts'

/** A piece of an expression's text. */
export interface Token {
  readonly is: 'ident' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'op' | 'end'
  readonly text: string
  /** Of a string, what it stands for; of bytes, them. */
  readonly value?: string | Uint8Array
  readonly at: number
}

const MOST_CHARACTERS = 100_000
const SPACE = /^(?:\s|\/\/[^\n]*)+/
const NUMBER = /^(?:(\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)|(0x[0-9a-fA-F]+|\d+)([uU])?)/
const IDENT = /^[_a-zA-Z][_a-zA-Z0-9]*/
const QUOTED_IDENT = /^`([A-Za-z0-9_./ -]+)`/
const OPERATOR = /^(?:==|!=|<=|>=|&&|\|\||\?\.|\[\?|[-+*/%<>!?:.,()[\]{}])/
const STRING = /^([rR]?[bB]?|[bB][rR])("""|'''|"|')/
const SIMPLE: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', '\'': '\'', '"': '"', '`': '`', '?': '?' }

/** An expression's text in pieces; CelSyntaxError where there is something that is none. */
export function tokensOf(source: string): Token[] {
  if (source.length > MOST_CHARACTERS) throw new CelSyntaxError('', 0, `expression is longer than ${String(MOST_CHARACTERS)} characters`)
  const tokens: Token[] = []
  let at = 0
  while (at < source.length) {
    const rest = source.slice(at, at + 200)
    const space = SPACE.exec(source.slice(at))
    if (space !== null) {
      at += space[0].length
      continue
    }
    const opening = STRING.exec(rest)
    if (opening !== null) {
      const read = readString(source, at, opening)
      tokens.push(read.token)
      at = read.end
      continue
    }
    const token = numberAt(rest, at) ?? identAt(rest, source, at) ?? operatorAt(rest, at)
    if (token === undefined) throw new CelSyntaxError(source, at, `Syntax error: token recognition error at: ${JSON.stringify(rest[0])}`)
    tokens.push(token.token)
    at += token.length
  }
  return [...tokens, { is: 'end', text: '<EOF>', at }]
}

type Read = { token: Token; length: number } | undefined

function numberAt(rest: string, at: number): Read {
  const m = NUMBER.exec(rest)
  if (m === null) return undefined
  const text = m[1] ?? m[2] ?? ''
  return { token: { is: m[1] !== undefined ? 'double' : m[3] !== undefined ? 'uint' : 'int', text, at }, length: m[0].length }
}

function identAt(rest: string, source: string, at: number): Read {
  const plain = IDENT.exec(rest) === null ? undefined : IDENT.exec(source.slice(at))
  if (plain !== undefined && plain !== null) return { token: { is: 'ident', text: plain[0], at }, length: plain[0].length }
  const quoted = QUOTED_IDENT.exec(rest)
  return quoted === null ? undefined : { token: { is: 'ident', text: quoted[1] ?? '', at }, length: quoted[0].length }
}

function operatorAt(rest: string, at: number): Read {
  const m = OPERATOR.exec(rest)
  return m === null ? undefined : { token: { is: 'op', text: m[0], at }, length: m[0].length }
}

function readString(source: string, at: number, [all, prefix = '', quote = '']: RegExpExecArray): { token: Token; end: number } {
  const isRaw = /r/i.test(prefix)
  const isBytes = /b/i.test(prefix)
  const parts: (string | number)[] = []
  let i = at + all.length
  for (;;) {
    if (i >= source.length || (quote.length === 1 && (source[i] === '\n' || source[i] === '\r'))) throw new CelSyntaxError(source, at, `Syntax error: token recognition error at: ${JSON.stringify(source.slice(at, i))}`)
    if (source.startsWith(quote, i)) break
    if (source[i] === '\\' && !isRaw) {
      const escape = escapeAt(source, i, isBytes)
      parts.push(escape.value)
      i += escape.length
    } else {
      const point = String.fromCodePoint(source.codePointAt(i) ?? 0)
      parts.push(point)
      i += point.length
    }
  }
  const value = isBytes ? bytesOf(parts) : parts.map((part) => (typeof part === 'number' ? String.fromCodePoint(part) : part)).join('')
  return { token: { is: isBytes ? 'bytes' : 'string', text: source.slice(at, i + quote.length), value, at }, end: i + quote.length }
}

/** In bytes, an escape by number is one byte, everything else is UTF-8. */
function bytesOf(parts: readonly (string | number)[]): Uint8Array {
  return Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part))))
}

function escapeAt(source: string, at: number, isBytes: boolean): { value: string | number; length: number } {
  const rest = source.slice(at + 1, at + 10)
  const simple = SIMPLE[rest[0] ?? '']
  if (simple !== undefined) return { value: simple, length: 2 }
  const m = /^(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2}))/.exec(rest)
  const code = m === null ? NaN : m[4] !== undefined ? parseInt(m[4], 8) : parseInt(m[1] ?? m[2] ?? m[3] ?? '', 16)
  const wrong = Number.isNaN(code) || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) || (isBytes && code > 0xff)
  if (m === null || wrong) throw new CelSyntaxError(source, at, 'Syntax error: a backslash begins what is no escape')
  return { value: code, length: 1 + m[0].length }
}
