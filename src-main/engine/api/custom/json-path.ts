import { isMap } from '../../../common/json.ts'

/** One step of a path. */
type Step =
  | { readonly at: 'field'; readonly name: string }
  | { readonly at: 'all' }
  | { readonly at: 'below'; readonly name: string }
  | { readonly at: 'slice'; readonly from: number | undefined; readonly to: number | undefined; readonly single: boolean }
  | { readonly at: 'filter'; readonly path: readonly Step[]; readonly operator: string | undefined; readonly value: string | number | boolean | undefined }

/** A JSONPath as kubectl and printer columns write it: `.spec.replicas`, `.status.conditions[?(@.type=="Ready")].status`, `.spec.list[*].name`. */
export interface JsonPath {
  /** Everything the path leads to; nothing where it leads nowhere. */
  find(value: unknown): unknown[]
}

const NAME = /^[^.[\]\s'"()]+/
const MAX_FOUND = 10_000

/** Reads a path; an Error says what is wrong with it. Braces around it are allowed. */
export function parseJsonPath(text: string): JsonPath {
  const trimmed = text.trim()
  const inner = trimmed.startsWith('{') && trimmed.endsWith('}') ? trimmed.slice(1, -1) : trimmed
  const steps = stepsOf(inner.replace(/^[$@]/, ''))
  return { find: (value) => follow(steps, value) }
}

function stepsOf(text: string): Step[] {
  const steps: Step[] = []
  let rest = text
  const take = (length: number): void => {
    rest = rest.slice(length)
  }
  while (rest !== '') {
    if (rest.startsWith('..')) {
      const name = nameAt(rest.slice(2))
      steps.push({ at: 'below', name: name.name })
      take(2 + name.length)
    } else if (rest.startsWith('.*')) {
      steps.push({ at: 'all' })
      take(2)
    } else if (rest.startsWith('.[')) take(1)
    else if (rest.startsWith('[')) {
      const end = closingOf(rest)
      steps.push(bracketOf(rest.slice(1, end).trim()))
      take(end + 1)
    } else if (rest.startsWith('.') || steps.length === 0) {
      const dot = rest.startsWith('.') ? 1 : 0
      const name = nameAt(rest.slice(dot))
      steps.push({ at: 'field', name: name.name })
      take(dot + name.length)
    } else throw new Error(`unexpected ${JSON.stringify(rest)} in JSONPath ${JSON.stringify(text)}`)
  }
  return steps
}

/** A name, in which a backslash keeps a dot from ending it: `foo\.bar`. */
function nameAt(text: string): { name: string; length: number } {
  let [length, name] = [0, '']
  for (;;) {
    const part = NAME.exec(text.slice(length))?.[0] ?? ''
    length += part.length
    if (!part.endsWith('\\')) {
      name += part
      break
    }
    name += part.slice(0, -1) + (text[length] ?? '')
    length++
  }
  if (name === '') throw new Error(`a name is missing before ${JSON.stringify(text)}`)
  return { name, length }
}

function closingOf(text: string): number {
  let [depth, quote] = [0, '']
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? ''
    if (quote !== '') quote = c === quote ? '' : quote
    else if (c === '"' || c === "'") quote = c
    else if (c === '[') depth++
    else if (c === ']' && --depth === 0) return i
  }
  throw new Error(`${JSON.stringify(text)}: a bracket is not closed`)
}

function bracketOf(text: string): Step {
  if (text === '*') return { at: 'all' }
  const quoted = /^'(.*)'$|^"(.*)"$/.exec(text)
  if (quoted !== null) return { at: 'field', name: quoted[1] ?? quoted[2] ?? '' }
  const slice = /^(-?\d+)?(:)?(-?\d+)?$/.exec(text)
  if (slice !== null && text !== '') {
    const number = (part: string | undefined): number | undefined => (part === undefined ? undefined : Number(part))
    return { at: 'slice', from: number(slice[1]), to: number(slice[3]), single: slice[2] === undefined }
  }
  const filter = /^\?\(\s*@(.*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?))?\s*\)$/.exec(text)
  if (filter === null) throw new Error(`[${text}] is not understood in a JSONPath`)
  const literal = filter[3]
  const value = literal === undefined ? undefined : /^['"]/.test(literal) ? literal.slice(1, -1) : literal === 'true' ? true : literal === 'false' ? false : Number(literal)
  return { at: 'filter', path: stepsOf(filter[1] ?? ''), operator: filter[2], value }
}

function follow(steps: readonly Step[], value: unknown): unknown[] {
  let found: unknown[] = [value]
  for (const step of steps) {
    found = found.flatMap((one) => taken(step, one)).slice(0, MAX_FOUND)
    if (found.length === 0) break
  }
  return found
}

function taken(step: Step, value: unknown): unknown[] {
  const children: unknown[] = Array.isArray(value) ? value : isMap(value) ? Object.values(value) : []
  switch (step.at) {
    case 'field': return isMap(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : []
    case 'all': return children
    case 'below': return [...taken({ at: 'field', name: step.name }, value), ...children.flatMap((child) => taken(step, child))]
    case 'slice': {
      if (!Array.isArray(value)) return []
      if (step.single) return value.slice(step.from, step.from === -1 ? undefined : (step.from ?? 0) + 1)
      return value.slice(step.from, step.to)
    }
    case 'filter': return children.filter((child) => follow(step.path, child).some((one) => compares(one, step.operator, step.value)))
  }
}

function compares(one: unknown, operator: string | undefined, value: string | number | boolean | undefined): boolean {
  if (operator === undefined) return one !== undefined
  if (typeof one !== typeof value || value === undefined) return operator === '!='
  const [left, right] = [one as string | number, value as string | number]
  switch (operator) {
    case '==': return left === right
    case '!=': return left !== right
    case '<': return left < right
    case '<=': return left <= right
    case '>': return left > right
    default: return left >= right
  }
}
