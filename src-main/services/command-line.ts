import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/** What Toque's command line says. */
export interface CommandLine {
  /** Where everything is kept: the cluster's state, keys, settings. */
  readonly dataDir: string
  /** Docker's socket; undefined: the usual one. */
  readonly dockerSocket: string | undefined
  /** The server's address to others, where Docker's socket leads to another machine; undefined: this machine's. */
  readonly nodeAddress: string | undefined
  /** False with --no-local: a new cluster begins without this machine's Docker. */
  readonly useLocal: boolean
  /** The web server's port; undefined: the usual one, or any free one. */
  readonly port: number | undefined
  /** The page that the window shows, as in the address after `#` (`/apps`); undefined: the first one, or the one it shows already. */
  readonly page: string | undefined
}

/** Reads the command line; what it does not know (Chromium's flags) it leaves alone. Throws with a sentence when a value is no good. */
export function readCommandLine(args: readonly string[], env: NodeJS.ProcessEnv, platform: NodeJS.Platform): CommandLine {
  const { values } = parseArgs({ args: [...args], strict: false, options: { data: { type: 'string' }, docker: { type: 'string' }, port: { type: 'string' }, page: { type: 'string' }, 'node-address': { type: 'string' }, 'no-local': { type: 'boolean' } } })
  const text = (value: string | boolean | undefined, name: string): string | undefined => {
    if (value === true || value === '') throw new Error(`--${name} needs a value.`)
    return value === false ? undefined : value
  }
  const port = text(values.port, 'port')
  if (port !== undefined && !(/^\d+$/.test(port) && Number(port) <= 65535)) throw new Error(`--port ${port} is no port: a whole number up to 65535.`)
  return {
    dataDir: text(values.data, 'data') ?? env['TOQUE_DATA'] ?? defaultDataDir(env, platform),
    dockerSocket: text(values.docker, 'docker')?.replace(/^unix:\/\//, ''),
    nodeAddress: text(values['node-address'], 'node-address'),
    useLocal: values['no-local'] !== true,
    port: port === undefined ? undefined : Number(port),
    page: text(values.page, 'page'),
  }
}

function defaultDataDir(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  switch (platform) {
    case 'darwin': return join(homedir(), 'Library', 'Application Support', 'Toque')
    case 'win32': return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'Toque')
    default: return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'toque')
  }
}
