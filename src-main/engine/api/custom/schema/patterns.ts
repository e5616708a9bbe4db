import { RE2JS } from 're2js'

const KEPT = 500
const compiled = new Map<string, RE2JS>()

/** A regular expression as Go's, which takes linear time whatever it is: a hostile pattern cannot hang the engine. Throws an Error that says what is wrong with it. */
export function patternOf(source: string): RE2JS {
  const known = compiled.get(source)
  if (known !== undefined) return known
  const pattern = RE2JS.compile(source)
  compiled.set(source, pattern)
  if (compiled.size > KEPT) compiled.delete(compiled.keys().next().value as string)
  return pattern
}
