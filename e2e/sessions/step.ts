import type { Outcome } from './program.ts'

/** What an output must be: the whole of it (but for its last line's end), something in it, or all of several things. */
export type Expected = string | RegExp | readonly RegExp[]

/** What a command must come to. Absent: the code is 0, errors are empty, the output is anything. */
export interface Result {
  readonly code?: number
  readonly out?: Expected
  readonly err?: Expected
}

/** One command of a session, and what must come of it. */
export interface Step extends Result {
  /** The words after `kubectl`, quoted as for a shell; `{name}` is what an earlier step kept, `{ns}` the session's namespace, `{dir}` its folder. */
  readonly run: string
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  /** Keeps the output, trimmed, under this name. */
  readonly keep?: string
  /** Tried again until it comes out so: what is expected comes about by itself. */
  readonly eventually?: boolean
  /** What is different with kubectl 1.20, and why. `skip`: it has no such command. */
  readonly old?: { readonly why: string; readonly skip?: boolean; readonly run?: string } & Result
}

type More = Omit<Step, 'run'>

/** A command that goes well. */
export function ok(run: string, out?: Expected, more: More = {}): Step {
  return { run, ...(out === undefined ? {} : { out }), ...more }
}

/** A command that is refused, with these words. */
export function no(run: string, err: Expected, more: More = {}): Step {
  return { run, err, code: 1, out: '', ...more }
}

/** The step as kubectl 1.20 takes it; undefined where it has no such command. */
export function forOldKubectl(step: Step): Step | undefined {
  const { old, ...same } = step
  if (old === undefined) return same
  const { why: _why, skip = false, ...different } = old
  return skip ? undefined : { ...same, ...different }
}

/** What is wrong with an outcome, as a sentence for people; undefined when it is as it must be. */
export function mismatch({ code = 0, out, err = '' }: Result, outcome: Outcome): string | undefined {
  const wrong = [
    code === outcome.code ? undefined : `ended with ${String(outcome.code)} in place of ${String(code)}`,
    out === undefined || matches(out, outcome.out) ? undefined : `its output is not ${wording(out)}`,
    matches(err, outcome.err) ? undefined : `its errors are not ${wording(err)}`,
  ].filter((part) => part !== undefined)
  return wrong.length === 0 ? undefined : `${wrong.join('; ')}\n--- output:\n${outcome.out}\n--- errors:\n${outcome.err}`
}

function matches(expected: Expected, text: string): boolean {
  if (typeof expected === 'string') return text === expected || text === `${expected}\n`
  return (expected instanceof RegExp ? [expected] : expected).every((pattern) => pattern.test(text))
}

function wording(expected: Expected): string {
  return typeof expected === 'string' ? JSON.stringify(expected) : String(expected)
}

/** Puts what is known into `{name}`s. A name that is not known stays: JSON is full of braces. */
export function filled(text: string, known: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => known[name] ?? whole)
}

/** An expectation with what is known put in. In a pattern the values are meant literally. */
export function filledExpected(expected: Expected, known: Readonly<Record<string, string>>): Expected {
  if (typeof expected === 'string') return filled(expected, known)
  if (expected instanceof RegExp) {
    const literal = Object.fromEntries(Object.entries(known).map(([name, value]) => [name, value.replace(/[^\w\s]/g, '\\$&')]))
    return new RegExp(filled(expected.source, literal), expected.flags)
  }
  return expected.map((pattern) => filledExpected(pattern, known) as RegExp)
}

/** Splits a line into words as a shell does: at spaces, but not within quotes. */
export function words(line: string): string[] {
  const found: string[] = []
  let word: string | undefined
  let quote = ''
  for (const char of line) {
    if (quote !== '') {
      if (char === quote) quote = ''
      else word = (word ?? '') + char
    } else if (char === '"' || char === "'") {
      quote = char
      word ??= ''
    } else if (char === ' ') {
      if (word !== undefined) found.push(word)
      word = undefined
    } else word = (word ?? '') + char
  }
  if (quote !== '') throw new Error(`a ${quote} is not closed: ${line}`)
  return word === undefined ? found : [...found, word]
}
