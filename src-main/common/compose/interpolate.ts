import type { Path } from '../yaml/place.ts'

/** The values that `${NAME}` in a file may stand for: the shell's environment and the `.env` file. */
export type Variables = Readonly<Record<string, string | undefined>>

/** A text that cannot be filled in, in one sentence. */
class InterpolationError extends Error {}

/** So deep a default may hold variables with defaults. */
const DEEPEST = 50

const NAME = /^[_a-zA-Z][_a-zA-Z0-9]*/

/**
 * Fills in `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?why}`, `${NAME?why}`, `${NAME:+other}` and `${NAME+other}`; `$$` is a dollar sign.
 * A default may hold variables itself. A variable without a value is empty, and `missing` hears its name.
 */
export function interpolate(text: string, variables: Variables, missing: (name: string) => void = () => undefined): string {
  let out = ''
  let i = 0
  while (i < text.length) {
    const dollar = text.indexOf('$', i)
    if (dollar < 0) return out + text.slice(i)
    out += text.slice(i, dollar)
    const rest = text.slice(dollar + 1)
    if (rest.startsWith('$')) {
      out += '$'
      i = dollar + 2
    } else if (rest.startsWith('{')) {
      const end = closing(text, dollar + 2)
      if (end < 0) throw invalid(text)
      out += braced(text.slice(dollar + 2, end), text, variables, missing)
      i = end + 1
    } else {
      const name = NAME.exec(rest)?.[0]
      if (name === undefined) throw invalid(text)
      out += valueOf(name, variables, missing)
      i = dollar + 1 + name.length
    }
  }
  return out
}

/** Where the brace that was opened before `from` is closed; -1: nowhere. */
function closing(text: string, from: number): number {
  let depth = 1
  for (let i = from; i < text.length; i++) {
    if (text[i] === '$' && text[i + 1] === '{' && ++depth > DEEPEST) throw new InterpolationError(`Variables stand in each other's defaults more than ${String(DEEPEST)} times deep: write the value out.`)
    if (text[i] === '}' && --depth === 0) return i
  }
  return -1
}

function braced(inner: string, whole: string, variables: Variables, missing: (name: string) => void): string {
  const name = NAME.exec(inner)?.[0]
  const form = /^(:?[-?+])([\s\S]*)$/.exec(inner.slice(name?.length ?? 0))
  if (name === undefined || (form === null && inner !== name)) throw invalid(whole)
  if (form === null) return valueOf(name, variables, missing)
  const [, operator = '', word = ''] = form
  const value = variables[name]
  const given = value !== undefined && !(operator.startsWith(':') && value === '')
  const filled = (): string => interpolate(word, variables, missing)
  switch (operator.at(-1)) {
    case '+': return given ? filled() : ''
    case '?':
      if (given) return value
      throw new InterpolationError(`The variable ${name} must have a value${word === '' ? '' : `: ${filled()}`}.`)
    default: return given ? value : filled()
  }
}

function valueOf(name: string, variables: Variables, missing: (name: string) => void): string {
  const value = variables[name]
  if (value === undefined) missing(name)
  return value ?? ''
}

function invalid(text: string): InterpolationError {
  return new InterpolationError(`"${text}" is no text that variables can be filled into: write \${NAME} or \${NAME:-default}, and $$ for a dollar sign.`)
}

/** Fills in every text of a value (not the keys); `changed` hears the path of each text that held a variable, `failed` of each that cannot be filled in. */
export function interpolateAll(value: unknown, variables: Variables, on: { changed(path: Path): void; failed(path: Path, message: string): void; missing(path: Path, name: string): void }, path: Path = []): unknown {
  if (typeof value === 'string') {
    if (!value.includes('$')) return value
    try {
      const text = interpolate(value, variables, (name) => on.missing(path, name))
      on.changed(path)
      return text
    } catch (error) {
      if (!(error instanceof InterpolationError)) throw error
      on.failed(path, error.message)
      return value
    }
  }
  if (Array.isArray(value)) return value.map((item, i) => interpolateAll(item, variables, on, [...path, i]))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolateAll(item, variables, on, [...path, key])]))
}
