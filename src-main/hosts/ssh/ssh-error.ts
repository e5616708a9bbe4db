import { DockerUnreachableError } from '../host.ts'

/**
 * What went wrong with a server over SSH, for code to decide by:
 * - `host-key-changed`, `host-key-revoked`, `host-key-rejected`: this may not be the server it was; nobody was logged in and nothing was sent
 * - `auth-failed`, `key-unreadable`, `passphrase`, `agent`: it is there, but does not let us in
 * - `name`, `refused`, `unreachable`, `timeout`, `lost`, `protocol`: there is no connection
 * - `channel`, `sessions`, `command`: connected, but this was not allowed or did not work
 * - `docker`: connected, but Docker there cannot be used
 * - `config`: what we were told to do makes no sense
 * - `closed`: we hung up
 */
export type SshErrorCode =
  | 'host-key-changed' | 'host-key-revoked' | 'host-key-rejected' | 'auth-failed' | 'key-unreadable' | 'passphrase' | 'agent'
  | 'name' | 'refused' | 'unreachable' | 'timeout' | 'lost' | 'protocol' | 'channel' | 'sessions' | 'command' | 'docker' | 'config' | 'closed'

const NEEDS_A_PERSON: ReadonlySet<SshErrorCode> = new Set([
  'host-key-changed', 'host-key-revoked', 'host-key-rejected', 'auth-failed', 'key-unreadable', 'passphrase', 'agent', 'config',
])

const NO_CONNECTION: ReadonlySet<SshErrorCode> = new Set(['name', 'refused', 'unreachable', 'timeout', 'lost', 'protocol', 'closed'])

/** Why a server over SSH, and with it its Docker, cannot be used: a sentence for people. Never holds a secret. */
export class SshError extends DockerUnreachableError {
  override readonly name: string = 'SshError'
  readonly code: SshErrorCode

  constructor(code: SshErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  override get silent(): boolean {
    return NO_CONNECTION.has(this.code)
  }

  /** Trying again by itself cannot help, and might do harm (a lock-out, a password typed to an impostor). */
  get needsAPerson(): boolean {
    return NEEDS_A_PERSON.has(this.code)
  }
}
