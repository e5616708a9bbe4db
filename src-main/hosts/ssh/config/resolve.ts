import { matchesPatterns } from '../known-hosts.ts'
import { SshError } from '../ssh-error.ts'
import { parseConfig } from './parse.ts'

/** What ssh_config says of one server; only what Toque uses. */
export interface ServerConfig {
  hostName?: string
  port?: number
  user?: string
  identityFiles: string[]
  /** A socket, `none` or `SSH_AUTH_SOCK`. */
  identityAgent?: string
  identitiesOnly: boolean
  /** `none` or hops. */
  proxyJump?: string
  proxyCommand?: string
  hostKeyAlias?: string
}

/** What resolving reads besides the text. */
export interface ConfigSources {
  /** The text of the files that an Include pattern (absolute) matches, in order. */
  include(pattern: string): readonly string[]
  /** Where relative patterns of Include begin: ~/.ssh. */
  directory: string
  home: string
  localUser: string
}

const MAX_DEPTH = 16

/**
 * What the configuration `text` says of `alias`, as ssh_config(5): the first value of each keyword counts, key files add up. `user`: given
 * elsewhere. Of Match it knows all, host, originalhost, user and localuser; a block with any other criterion (exec!) does not apply.
 */
export function resolveConfig(text: string, alias: string, sources: ConfigSources, user?: string): ServerConfig {
  const found = new Map<string, string>(user === undefined ? [] : [['user', user]])
  const files: string[] = []

  function read(content: string, outer: boolean, depth: number): void {
    if (depth > MAX_DEPTH) throw new SshError('config', 'Too many Includes inside each other in ~/.ssh/config: does a file include itself?')
    let applies = outer
    for (const { keyword, args } of parseConfig(content)) {
      const [value] = args
      if (keyword === 'host') applies = outer && matchesPatterns(alias, args)
      else if (keyword === 'match') applies = outer && matches(args)
      else if (!applies || value === undefined) continue
      else if (keyword === 'include') for (const pattern of args) for (const file of sources.include(absolute(pattern, sources))) read(file, applies, depth + 1)
      else if (keyword === 'identityfile') files.push(value)
      else if (!found.has(keyword)) found.set(keyword, keyword === 'proxycommand' ? args.join(' ') : value)
    }
  }

  function matches(criteria: readonly string[]): boolean {
    const rest = [...criteria]
    for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
      const negated = word.startsWith('!')
      const name = word.replace(/^!/, '').toLowerCase()
      if (name === 'all') {
        if (negated) return false
        continue
      }
      const subject = { host: found.get('hostname') ?? alias, originalhost: alias, user: found.get('user') ?? sources.localUser, localuser: sources.localUser }[name]
      const patterns = rest.shift()
      if (subject === undefined || patterns === undefined || matchesPatterns(subject, patterns.split(',')) === negated) return false
    }
    return true
  }

  read(text, true, 0)
  const hostName = found.get('hostname')?.replace(/%(.)/g, (_, token: string) => (token === 'h' ? alias : token === '%' ? '%' : `%${token}`))
  const { localUser, home } = sources
  const tokens: Record<string, string> = {
    '%': '%', d: home, h: hostName ?? alias, n: alias, p: found.get('port') ?? '22', r: found.get('user') ?? localUser, u: localUser,
  }
  const path = (value: string): string => value.replace(/^~(?=\/|$)/, home).replace(/%(.)/g, (whole, token: string) => tokens[token] ?? whole)
  const identityAgent = found.get('identityagent')
  return {
    ...defined('hostName', hostName), ...defined('port', portOf(found.get('port'))), ...defined('user', found.get('user')),
    identityFiles: files.filter((file) => file !== 'none').map(path),
    ...defined('identityAgent', identityAgent === undefined ? undefined : path(identityAgent)),
    identitiesOnly: found.get('identitiesonly') === 'yes',
    ...defined('proxyJump', found.get('proxyjump')), ...defined('proxyCommand', found.get('proxycommand')), ...defined('hostKeyAlias', found.get('hostkeyalias')),
  }
}

/** The names that can be typed after `ssh`: those of Host lines, without patterns. To choose from. */
export function configAliases(text: string, sources: ConfigSources): string[] {
  const names = new Set<string>()
  const read = (content: string, depth: number): void => {
    for (const { keyword, args } of parseConfig(content)) {
      if (keyword === 'host') for (const name of args) if (!/[*?!]/.test(name)) names.add(name)
      if (keyword === 'include' && depth < MAX_DEPTH) for (const pattern of args) for (const file of sources.include(absolute(pattern, sources))) read(file, depth + 1)
    }
  }
  read(text, 0)
  return [...names]
}

function absolute(pattern: string, { home, directory }: ConfigSources): string {
  const expanded = pattern.replace(/^~(?=\/|$)/, home)
  return expanded.startsWith('/') || /^[A-Za-z]:[\\/]/.test(expanded) ? expanded : `${directory}/${expanded}`
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65536) return port
  throw new SshError('config', `"Port ${text}" in ~/.ssh/config is no port: it must be from 1 to 65535.`)
}

function defined<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : { [key]: value } as { [P in K]: V }
}
