import { readFileSync, readdirSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { wildcard } from '../known-hosts.ts'
import type { SshTarget } from '../target.ts'
import { configAliases } from './resolve.ts'
import { targetOf } from './target-of.ts'
import type { Desk } from './target-of.ts'

/** The user's own ~/.ssh/config, read anew at every call. Not there is an empty one. `localUser`: who logs in where it names nobody; `ssh` itself takes the user of this machine. */
export function userSshConfig(env: NodeJS.ProcessEnv = process.env, home: string = homedir(), localUser: string = userInfo().username): { aliases(): string[]; target(destination: string): SshTarget } {
  const directory = join(home, '.ssh')
  const desk: Desk = { home, directory, localUser, agentSocket: env['SSH_AUTH_SOCK'], include: (pattern) => expand(pattern).map(readText) }
  const text = (): string => readText(join(directory, 'config'))
  return { aliases: () => configAliases(text(), desk), target: (destination) => targetOf(text(), destination, desk) }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (['ENOENT', 'EISDIR', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return ''
    throw error
  }
}

/** The files that a pattern with * and ? in any part matches, sorted. */
function expand(pattern: string): string[] {
  if (!/[*?]/.test(pattern)) return [pattern]
  const parent = dirname(pattern)
  const name = wildcard(basename(pattern))
  return expand(parent).flatMap((dir) => {
    try {
      return readdirSync(dir).filter((entry) => name.test(entry) && !entry.startsWith('.')).sort().map((entry) => join(dir, entry))
    } catch {
      return []
    }
  })
}
