import { isMap } from '../../json.ts'
import { splitWords, ShellWordsError } from '../shell-words.ts'
import { formatByteSize, formatDuration, parseBytes, parseDuration } from '../units.ts'
import type { Form, Reading } from './form.ts'
import { leaf, list, map, short } from './form.ts'

/** A text; numbers and truth values are taken as they would be printed. */
export const text = leaf('text', (value) => (isMap(value) || Array.isArray(value) ? undefined : String(value)))

export const flag = leaf('flag', (value, at) => {
  if (typeof value === 'boolean') return value
  if (value === 'true' || value === 'false') return value === 'true'
  at.problem(`must be true or false, not "${String(value)}".`)
  return undefined
})

export const number = leaf('number', (value, at) => numeric(value, at, false))

export const whole = leaf('whole', (value, at) => numeric(value, at, true))

/** Cores: `0.5`, `"2"`. Written as text, as Docker's stack files want it. */
export const cores = leaf('cores', (value, at) => numeric(value, at, false), (value) => String(value))

/** A size in bytes. */
export const bytes = leaf('bytes', (value, at) => {
  const size = parseBytes(String(value))
  if (size === undefined) at.problem(`must be a size such as 512M, 1.5G or a number of bytes, not "${String(value)}".`)
  return size
}, formatByteSize)

/** A duration in nanoseconds. */
export const duration = leaf('duration', (value, at) => {
  const time = parseDuration(String(value))
  if (time === undefined) at.problem(`must be a duration such as 90s, 1m30s or 500ms, not "${String(value)}".`)
  return time
}, formatDuration)

/** A file's mode; a text is octal (`"0440"`), as is a number that begins with 0. */
export const fileMode = leaf('mode', (value, at) => {
  if (typeof value === 'number' && Number.isInteger(value)) return value
  if (/^0?o?[0-7]{1,4}$/.test(String(value))) return parseInt(String(value).replace('o', ''), 8)
  at.problem(`must be an octal file mode such as 0440, not "${String(value)}".`)
  return undefined
}, (value) => `0${value.toString(8)}`)

/** Whatever a tool wants to find there. */
export const anything: Form<unknown> = leaf('anything', (value) => value)

export const texts: Form<string[]> = list(text)

/** One text or several. */
export const oneOrMore: Form<string[]> = short(texts, (value) => (typeof value === 'string' ? [value] : value))

/** Names and texts; a list of names stands for the same. */
export const textMap: Form<Record<string, string>> = map(text)

/** A name's value, null where only the name is written. */
const textOrNull: Form<string | null> = { ...leaf<string | null>('textOrNull', (value) => String(value)), read: (value) => (value === undefined ? undefined : value === null ? null : String(value)) }

/** `{A: 1}` or `[A=1, B]`; a name without a value is null. */
export const pairs: Form<Record<string, string | null>> = short(map(textOrNull), (value) => {
  if (!Array.isArray(value)) return value
  return Object.fromEntries(value.map(String).map((item) => {
    const equals = item.indexOf('=')
    return equals < 0 ? [item, null] : [item.slice(0, equals), item.slice(equals + 1)]
  }))
})

/** Labels: as `pairs`, but a name without a value has an empty one. */
export const labels: Form<Record<string, string>> = { ...textMap, read: (value, at) => {
  const read = pairs.read(value, at)
  return read === undefined ? undefined : Object.fromEntries(Object.entries(read).map(([key, item]) => [key, item ?? '']))
} }

/** A command as its words; one text is split as Docker does it. A later one replaces an earlier one whole. */
export const command: Form<string[]> = {
  ...list(text),
  read: (value, at) => (typeof value === 'string' ? words(value, at) : texts.read(value, at)),
  merge: (_, over) => over,
}

function words(line: string, at: Reading): string[] | undefined {
  try {
    return splitWords(line)
  } catch (error) {
    if (!(error instanceof ShellWordsError)) throw error
    at.problem(`cannot be split into words. ${error.message}`)
    return undefined
  }
}

function numeric(value: unknown, at: Reading, integer: boolean): number | undefined {
  const read = typeof value === 'number' ? value : typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : NaN
  if (Number.isFinite(read) && (!integer || Number.isInteger(read))) return read
  at.problem(`must be ${integer ? 'a whole number' : 'a number'}, not "${String(value)}".`)
  return undefined
}
