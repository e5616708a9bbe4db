import { patternOf } from '../../custom/schema/patterns.ts'
import { CelError } from '../errors.ts'
import { ArrayList } from '../values.ts'
import type { CallContext, Overload } from './define.ts'
import { define } from './define.ts'

function compiled(source: string, text: string, { budget }: CallContext): ReturnType<typeof patternOf> {
  // As upstream: the text's length times the pattern's.
  budget.spend(Math.ceil((text.length + 1) * 0.1) * Math.max(1, Math.ceil(source.length * 0.25)))
  try {
    return patternOf(source)
  } catch (error) {
    throw new CelError(`error parsing regexp: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function findAll(text: string, source: string, most: bigint, context: CallContext): ArrayList {
  const found: string[] = []
  const matcher = compiled(source, text, context).matcher(text)
  while ((most < 0n || BigInt(found.length) < most) && matcher.find()) {
    found.push(matcher.group() ?? '')
    context.budget.spend()
  }
  return new ArrayList(found)
}

const matches = ([text, source]: readonly [string, string], context: CallContext): boolean => compiled(source, text, context).test(text)

/** Regular expressions, as Go's. */
export const REGEX: readonly Overload[] = [
  define('string.matches(string): bool', matches),
  define('matches(string, string): bool', matches),
  define('string.find(string): string', ([text, source]: readonly [string, string], context) => {
    const matcher = compiled(source, text, context).matcher(text)
    return matcher.find() ? (matcher.group() ?? '') : ''
  }),
  define('string.findAll(string): list<string>', ([text, source]: readonly [string, string], context) => findAll(text, source, -1n, context)),
  define('string.findAll(string, int): list<string>', ([text, source, most]: readonly [string, string, bigint], context) => findAll(text, source, most, context)),
]
