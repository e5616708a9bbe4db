/** One way to show who we are. Secrets are not in here: they are asked for when they are needed (`SshPrompts`). */
export type SshAuth =
  /** A private key in a file, OpenSSH's, PEM or PuTTY's format. `quiet`: one of OpenSSH's default places; not there is no error. */
  | { type: 'key'; file: string; quiet?: boolean }
  /** An ssh-agent's socket. */
  | { type: 'agent'; socket: string }
  /** A password, also where the server asks for it by keyboard-interactive. */
  | { type: 'password' }
  /** Whatever the server asks, for instance a one-time code. */
  | { type: 'keyboard-interactive' }

/** How to reach a server. */
export interface SshTarget {
  host: string
  port: number
  user: string
  /** Tried in this order. */
  auth: readonly SshAuth[]
  /** The name its host key is known by, when not `host`. */
  hostKeyAlias?: string
  /** The server to go through (ProxyJump), which may itself have one. */
  via?: SshTarget
}

/** A host key nobody has seen before. */
export interface NewHostKey {
  /** `[host]:port` unless the port is 22. */
  server: string
  /** `ssh-ed25519` and the like. */
  type: string
  /** `SHA256:...`, as ssh-keygen -l prints it. */
  fingerprint: string
}

/** One question of a server's. `echo` false: a secret, not to be shown while it is typed. */
export interface SshQuestion {
  prompt: string
  echo: boolean
}

/** What only a person, or the keychain for them, can answer. `undefined`: no answer. Every one may be asked again at a reconnect. */
export interface SshPrompts {
  /** Is this key the server's? Yes pins it. */
  trustHostKey(key: NewHostKey): Promise<boolean>
  /** `wrong`: the one before was. */
  passphrase(keyFile: string, wrong: boolean): Promise<string | undefined>
  password(server: string, user: string, wrong: boolean): Promise<string | undefined>
  answers(server: string, instructions: string, questions: readonly SshQuestion[]): Promise<readonly string[] | undefined>
}

/** For messages: `deploy@10.0.0.5`, `root@web-1:2222`. */
export function describeTarget({ user, host, port }: Pick<SshTarget, 'user' | 'host' | 'port'>): string {
  const bare = host.includes(':') ? `[${host}]` : host
  return `${user}@${bare}${port === 22 ? '' : `:${String(port)}`}`
}
