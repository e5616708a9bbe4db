import { readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { userSshConfig } from '../../hosts/ssh/config/read-config.ts'
import type { DeskKeys } from './desk.ts'

/** The keys, agent and ~/.ssh/config of the user whose desk this is; read anew at every call. */
export function userKeys(env: NodeJS.ProcessEnv = process.env, home: string = homedir()): DeskKeys {
  // On a server the administrator is root, whatever this user is called here.
  const config = userSshConfig(env, home, 'root')
  const agentSocket = env['SSH_AUTH_SOCK']
  return {
    agentSocket,
    target: (destination) => config.target(destination),
    expand: (path) => (path.startsWith('~/') ? join(home, path.slice(2)) : path),
    suggestions: () => ({ configHosts: config.aliases(), keyFiles: privateKeys(join(home, '.ssh')), agent: agentSocket !== undefined }),
  }
}

function privateKeys(directory: string): string[] {
  try {
    return readdirSync(directory).sort().map((name) => join(directory, name)).filter(isPrivateKey)
  } catch {
    return []
  }
}

function isPrivateKey(file: string): boolean {
  try {
    return /^(-----BEGIN [A-Z ]*PRIVATE KEY-----|PuTTY-User-Key-File)/.test(readFileSync(file, 'utf8').slice(0, 64))
  } catch {
    return false
  }
}
