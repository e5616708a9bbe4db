import { SshError } from './ssh-error.ts'
import { describeTarget } from './target.ts'
import type { SshTarget } from './target.ts'

/** A failure as ssh2 and Node word it. */
export interface RawFailure {
  message: string
  code?: unknown
  /** ssh2's: where in the protocol. */
  level?: unknown
}

/** Why a server could not be connected to, as a sentence. `tried` is what was shown to it so far (`key /home/me/.ssh/id_ed25519`). */
export function explainConnect(target: SshTarget, failure: RawFailure, tried: readonly string[] = []): SshError {
  const where = describeTarget(target)
  const address = `${target.host}, port ${String(target.port)}`
  const make = (code: SshError['code'], sentence: string): SshError => new SshError(code, sentence, { cause: failure })
  const { message, level } = failure
  switch (failure.code) {
    case 'ENOTFOUND': case 'EAI_AGAIN': case 'EAI_NODATA':
      return make('name', `There is no address for the name "${target.host}". Check its spelling and this machine's DNS.`)
    case 'ECONNREFUSED':
      return make('refused', `${address}: the machine is there, but no SSH server listens on this port. Check the port, and that sshd runs.`)
    case 'EHOSTUNREACH': case 'ENETUNREACH': case 'ENETDOWN': case 'EADDRNOTAVAIL': case 'EHOSTDOWN':
      return make('unreachable', `${address} cannot be reached from here. Is the server on, and does its network (or the VPN) work?`)
    case 'ETIMEDOUT':
      return make('timeout', `${address} does not answer. Is the server on, and does its firewall let this port through?`)
  }
  if (level === 'client-authentication' || /too many authentication/i.test(message)) return make('auth-failed', explainAuth(where, tried))
  if (level === 'client-timeout') return make('timeout', `${where} did not finish the SSH handshake in time. The server may be overloaded or the network may drop packets.`)
  if (/no matching/i.test(message)) return make('protocol', `${where} offers only outdated cryptography (${message}). Update its SSH server: OpenSSH 6.5 or newer.`)
  if (/before handshake|ECONNRESET|socket hang up/i.test(message) || failure.code === 'ECONNRESET' || failure.code === 'EPIPE') {
    return make('protocol', `${address} hung up before the SSH handshake. It refuses new logins for now (MaxStartups), blocks this address, or is no SSH server.`)
  }
  if (level === 'handshake' || level === 'protocol') return make('protocol', `${address} does not speak SSH as expected (${message}). Is this the SSH port?`)
  return make('lost', `The connection to ${where} broke (${message}).`)
}

function explainAuth(where: string, tried: readonly string[]): string {
  if (tried.length === 0) return `${where} takes none of the ways to log in that are set up. Add a key file, an agent or a password that it accepts.`
  const last = tried.some((way) => way.startsWith('password')) ? 'Check user and password.' : 'Check the user name, and that the public key is in ~/.ssh/authorized_keys of that user on the server.'
  return `${where} did not let us in. Tried: ${tried.join(', ')}. ${last}`
}

/** Why a port of a server cannot lead to this desk, as a sentence. */
export function explainListen(server: string): string {
  return `The SSH server of ${server} does not let a port there lead to this desk. Set "AllowTcpForwarding yes" in its /etc/ssh/sshd_config (and no PermitListen that shuts 127.0.0.1 out), reload sshd, and connect again.`
}

/** Why a stream to an address behind the server could not be opened, as an error whose `code` is Node's for the same thing. */
export function explainDial(server: string, address: string, port: number, reason: unknown, description: string): NodeJS.ErrnoException {
  const to = `${address}:${String(port)}`
  if (reason === 1) {
    return Object.assign(new Error(`The SSH server of ${server} does not allow connections to ${to}. Set "AllowTcpForwarding yes" (or "local") in its /etc/ssh/sshd_config and reload sshd.`), { code: 'EACCES' })
  }
  if (/refused/i.test(description)) return Object.assign(new Error(`${to}: connection refused (from ${server})`), { code: 'ECONNREFUSED' })
  if (/route|unreachable/i.test(description)) return Object.assign(new Error(`${to}: no route to host (from ${server})`), { code: 'EHOSTUNREACH' })
  return Object.assign(new Error(`${to} does not answer (from ${server}: ${description})`), { code: 'ETIMEDOUT' })
}
