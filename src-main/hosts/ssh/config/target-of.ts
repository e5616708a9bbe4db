import { SshError } from '../ssh-error.ts'
import type { SshAuth, SshTarget } from '../target.ts'
import { resolveConfig } from './resolve.ts'
import type { ConfigSources, ServerConfig } from './resolve.ts'

/** What `ssh` would know besides its configuration file. */
export interface Desk extends ConfigSources {
  /** The agent of SSH_AUTH_SOCK. */
  agentSocket: string | undefined
}

const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa']
const MAX_HOPS = 8

/**
 * The server that `ssh destination` would go to, with `destination` an alias of the configuration or `[user@]host[:port]`, through the same
 * jump hosts and with the same keys. Rejects what cannot be followed with an SshError `config`.
 */
export function targetOf(text: string, destination: string, desk: Desk): SshTarget {
  return follow(text, destination, desk, [])
}

function follow(text: string, destination: string, desk: Desk, seen: readonly string[]): SshTarget {
  const { alias, user, port } = parseDestination(destination)
  if (seen.includes(alias) || seen.length >= MAX_HOPS) throw new SshError('config', `ProxyJump in ~/.ssh/config goes in a circle: ${[...seen, alias].join(' -> ')}.`)
  const config = resolveConfig(text, alias, desk, user)
  const via = jump(text, alias, config, desk, [...seen, alias])
  return {
    host: config.hostName ?? alias, port: port ?? config.port ?? 22, user: config.user ?? desk.localUser,
    auth: authOf(config, desk), ...(config.hostKeyAlias === undefined ? {} : { hostKeyAlias: config.hostKeyAlias }), ...(via === undefined ? {} : { via }),
  }
}

/** `a,b`: first a, from there b, from there the server. Only the first hop's own ProxyJump counts, as in OpenSSH. */
function jump(text: string, alias: string, config: ServerConfig, desk: Desk, seen: readonly string[]): SshTarget | undefined {
  const { proxyJump, proxyCommand } = config
  if (proxyJump === undefined || proxyJump.toLowerCase() === 'none') {
    if (proxyCommand === undefined || proxyCommand.toLowerCase() === 'none') return undefined
    throw new SshError('config', `~/.ssh/config reaches "${alias}" by a ProxyCommand, which is not supported. "ssh -W %h:%p HOST" can be written as: ProxyJump HOST`)
  }
  const [first = '', ...rest] = proxyJump.split(',').map((hop) => hop.trim().replace(/^ssh:\/\//, ''))
  return rest.reduce<SshTarget>((via, hop) => {
    const { via: _own, ...target } = follow(text, hop, desk, seen)
    return { ...target, via }
  }, follow(text, first, desk, seen))
}

function authOf({ identityFiles, identityAgent, identitiesOnly }: ServerConfig, { agentSocket, directory }: Desk): SshAuth[] {
  const socket = identityAgent === 'none' ? undefined : identityAgent === undefined || identityAgent === 'SSH_AUTH_SOCK' ? agentSocket : identityAgent
  // With IdentitiesOnly an agent full of other keys would use up the server's tries.
  const agent: SshAuth[] = socket === undefined || (identitiesOnly && identityFiles.length > 0) ? [] : [{ type: 'agent', socket }]
  const named = identityFiles.map((file): SshAuth => ({ type: 'key', file }))
  const usual = DEFAULT_KEYS.map((file): SshAuth => ({ type: 'key', file: `${directory}/${file}`, quiet: true }))
  return [...agent, ...(named.length > 0 ? named : usual), { type: 'keyboard-interactive' }, { type: 'password' }]
}

/** Reads `[user@]host[:port]`; an IPv6 address with a port is in brackets. */
export function parseDestination(text: string): { alias: string; user?: string; port?: number } {
  const match = /^(?:(.+)@)?(?:\[([^\]]+)\]|([^:@\s]+|[0-9A-Fa-f:.]+:[0-9A-Fa-f:.]*))(?::(\d{1,5}))?$/.exec(text.trim())
  const [, user, bracketed, bare, port] = match ?? []
  const alias = bracketed ?? bare
  if (alias === undefined || alias.startsWith('-') || Number(port ?? 22) > 65535 || Number(port ?? 22) < 1) {
    throw new SshError('config', `"${text}" is no server: write a name from ~/.ssh/config, an address, or user@address:port.`)
  }
  return { alias, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port: Number(port) }) }
}
