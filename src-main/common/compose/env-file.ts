import type { Variables } from './interpolate.ts'

/** A line of a file that is no `NAME=value`, in one sentence. */
export interface EnvLine {
  readonly line: number
  readonly message: string
}

/**
 * The values in an `env_file` as `docker stack deploy` reads it: `NAME=value` line by line, kept as it is (quotes are part of it); `#` begins a comment line; a name alone has
 * the value that it has in `variables`, or none.
 */
export function parseEnvFile(text: string, variables: Variables): { values: Record<string, string>; problems: EnvLine[] } {
  const values: Record<string, string> = {}
  const problems: EnvLine[] = []
  for (const [i, raw] of text.replace(/^\uFEFF/, '').split(/\r?\n/).entries()) {
    const line = raw.trimStart()
    if (line === '' || line.startsWith('#')) continue
    const equals = line.indexOf('=')
    const name = equals < 0 ? line.trimEnd() : line.slice(0, equals)
    if (name === '' || /\s/.test(name)) {
      problems.push({ line: i + 1, message: name === '' ? 'has no name before the equals sign.' : `has a name with a blank in it: "${name}".` })
    } else if (equals >= 0) values[name] = line.slice(equals + 1)
    else if (variables[name] !== undefined) values[name] = variables[name]
  }
  return { values, problems }
}
