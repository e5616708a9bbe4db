import { CelError } from '../errors.ts'
import { showDuration, showTimestamp } from '../time.ts'
import { ArrayList, Duration, List, MapValue, Timestamp, TypeValue, Uint, typeOf } from '../values.ts'
import type { Value } from '../values.ts'
import type { CallContext, Overload } from './define.ts'
import { define } from './define.ts'

const SPACE = /^\p{White_Space}+|\p{White_Space}+$/gu

/** Texts are counted in code points. */
function points(text: string): string[] {
  return [...text]
}

function index(i: bigint, length: number): number {
  if (i < 0n || i > BigInt(length)) throw new CelError(`index out of range: ${String(i)}`)
  return Number(i)
}

function find(text: string, wanted: string, from: number, step: 1 | -1): bigint {
  const [where, what] = [points(text), points(wanted)]
  for (let i = from; i >= 0 && i + what.length <= where.length; i += step) if (what.every((c, j) => where[i + j] === c)) return BigInt(i)
  return -1n
}

function replace(text: string, old: string, by: string, most: bigint, { budget }: CallContext): string {
  const parts = old === '' ? ['', ...points(text), ''] : text.split(old)
  const count = most < 0n ? parts.length - 1 : Math.min(Number(most), parts.length - 1)
  budget.spendOn(text.length + count * by.length)
  let result = parts[0] ?? ''
  for (let i = 1; i < parts.length; i++) result += (i <= count ? by : old) + (parts[i] ?? '')
  return result
}

function split(text: string, by: string, most: bigint): List {
  const parts = by === '' ? points(text) : text.split(by)
  if (most === 0n) return new ArrayList([])
  if (most < 0n || BigInt(parts.length) <= most) return new ArrayList(parts)
  const kept = Number(most) - 1
  return new ArrayList([...parts.slice(0, kept), parts.slice(kept).join(by)])
}

function charged<A extends readonly Value[]>(signature: string, run: (args: A, context: CallContext) => Value): Overload {
  return define<A>(signature, (args, context) => {
    for (const arg of args) if (typeof arg === 'string') context.budget.spendOn(arg.length)
    return run(args, context)
  })
}

function join(list: List, by: string, { budget }: CallContext): string {
  const texts = [...list].map((item) => {
    if (typeof item !== 'string') throw new CelError('no such overload: join takes a list of strings')
    budget.spendOn(item.length + by.length)
    return item
  })
  return texts.join(by)
}

/** The functions of texts that the language has, and those of its strings extension. */
export const STRINGS: readonly Overload[] = [
  charged('string.contains(string): bool', ([a, b]: readonly [string, string]) => a.includes(b)),
  charged('string.startsWith(string): bool', ([a, b]: readonly [string, string]) => a.startsWith(b)),
  charged('string.endsWith(string): bool', ([a, b]: readonly [string, string]) => a.endsWith(b)),
  charged('string.charAt(int): string', ([a, i]: readonly [string, bigint]) => points(a)[index(i, points(a).length)] ?? ''),
  charged('string.indexOf(string): int', ([a, b]: readonly [string, string], { budget }) => {
    budget.spendOn(a.length * Math.min(b.length, 10))
    return find(a, b, 0, 1)
  }),
  charged('string.indexOf(string, int): int', ([a, b, i]: readonly [string, string, bigint]) => find(a, b, index(i, points(a).length), 1)),
  charged('string.lastIndexOf(string): int', ([a, b]: readonly [string, string]) => find(a, b, points(a).length - points(b).length, -1)),
  charged('string.lastIndexOf(string, int): int', ([a, b, i]: readonly [string, string, bigint]) => find(a, b, Math.min(index(i, points(a).length), points(a).length - points(b).length), -1)),
  charged('string.lowerAscii(): string', ([a]: readonly [string]) => a.replace(/[A-Z]+/g, (s) => s.toLowerCase())),
  charged('string.upperAscii(): string', ([a]: readonly [string]) => a.replace(/[a-z]+/g, (s) => s.toUpperCase())),
  charged('string.replace(string, string): string', ([a, old, by]: readonly [string, string, string], context) => replace(a, old, by, -1n, context)),
  charged('string.replace(string, string, int): string', ([a, old, by, most]: readonly [string, string, string, bigint], context) => replace(a, old, by, most, context)),
  charged('string.split(string): list<string>', ([a, by]: readonly [string, string]) => split(a, by, -1n)),
  charged('string.split(string, int): list<string>', ([a, by, most]: readonly [string, string, bigint]) => split(a, by, most)),
  charged('string.substring(int): string', ([a, i]: readonly [string, bigint]) => points(a).slice(index(i, points(a).length)).join('')),
  charged('string.substring(int, int): string', ([a, i, j]: readonly [string, bigint, bigint]) => {
    const all = points(a)
    const [from, to] = [index(i, all.length), index(j, all.length)]
    if (from > to) throw new CelError(`invalid substring range. start: ${String(i)}, end: ${String(j)}`)
    return all.slice(from, to).join('')
  }),
  charged('string.trim(): string', ([a]: readonly [string]) => a.replace(SPACE, '')),
  charged('string.reverse(): string', ([a]: readonly [string]) => points(a).reverse().join('')),
  define('list.join(): string', ([list]: readonly [List], context) => join(list, '', context)),
  define('list.join(string): string', ([list, by]: readonly [List, string], context) => join(list, by, context)),
  charged('strings:quote(string): string', ([a]: readonly [string]) => `"${a.replace(/[\x07\b\f\n\r\t\v\\"]/g, (c) => QUOTED[c] ?? c)}"`),
  charged('string.format(list): string', ([a, list]: readonly [string, List], context) => format(a, list, context)),
]

const QUOTED: Readonly<Record<string, string>> = { '\x07': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v', '\\': '\\\\', '"': '\\"' }

/** `"%s has %d".format([name, count])`. */
function format(text: string, list: List, { budget }: CallContext): string {
  let [result, next, at] = ['', 0, 0]
  for (const m of text.matchAll(/%(%|(?:\.(\d+))?([a-zA-Z]))|%/g)) {
    result += text.slice(at, m.index)
    at = m.index + m[0].length
    if (m[1] === '%') result += '%'
    else {
      if (m[3] === undefined) throw new CelError('could not parse formatting clause: unexpected end of string')
      if (next >= list.length) throw new CelError(`index ${String(next)} out of range`)
      const piece = clause(list.at(next++), m[3], m[2] === undefined ? undefined : Number(m[2]))
      budget.spendOn(piece.length)
      result += piece
    }
  }
  return result + text.slice(at)
}

function clause(value: Value, how: string, precision: number | undefined): string {
  const whole = typeof value === 'bigint' ? value : value instanceof Uint ? value.value : undefined
  const no = (): never => {
    throw new CelError(`error during formatting: %${how} cannot be used with ${typeOf(value)}`)
  }
  const based = (radix: number): string => (whole === undefined ? no() : whole.toString(radix))
  switch (how) {
    case 's': return shown(value)
    case 'd': return typeof value === 'number' && !Number.isFinite(value) ? shown(value) : based(10)
    case 'f':
    case 'e': {
      const number = typeof value === 'number' ? value : whole === undefined ? no() : Number(whole)
      if (!Number.isFinite(number)) return shown(number)
      const digits = Math.min(precision ?? 6, 100)
      return how === 'f' ? fixed(number, digits) : number.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2')
    }
    case 'b': return typeof value === 'boolean' ? (value ? '1' : '0') : based(2)
    case 'o': return based(8)
    case 'x':
    case 'X': {
      const text = typeof value === 'string' ? Buffer.from(value).toString('hex') : value instanceof Uint8Array ? Buffer.from(value).toString('hex') : based(16)
      return how === 'X' ? text.toUpperCase() : text
    }
    default: throw new CelError(`could not parse formatting clause: unrecognized formatting clause "${how}"`)
  }
}

/** Halves go to the even neighbour, as in Go; JavaScript rounds them up. */
function fixed(number: number, digits: number): string {
  const scaled = Math.abs(number) * 10 ** digits
  if (digits > 15 || scaled % 1 !== 0.5 || !Number.isSafeInteger(Math.floor(scaled))) return number.toFixed(digits)
  const even = Math.floor(scaled) % 2 === 0 ? Math.floor(scaled) : Math.ceil(scaled)
  return ((Math.sign(number) * even) / 10 ** digits).toFixed(digits)
}

function shown(value: Value): string {
  if (value === null) return 'null'
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
  if (typeof value !== 'object') return String(value)
  if (value instanceof Uint) return String(value.value)
  if (value instanceof Uint8Array) return new TextDecoder().decode(value)
  if (value instanceof Timestamp) return showTimestamp(value)
  if (value instanceof Duration) return showDuration(value)
  if (value instanceof TypeValue) return value.type
  if (value instanceof List) return `[${[...value].map(shown).join(', ')}]`
  if (value instanceof MapValue) return `{${[...value.keys()].map((key): [string, string] => [shown(key), shown(value.get(key) ?? null)]).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => `${k}: ${v}`).join(', ')}}`
  throw new CelError(`error during formatting: string clause cannot be used with ${typeOf(value)}`)
}

