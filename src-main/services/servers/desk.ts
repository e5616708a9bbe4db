import type { LoginChoice, LoginSuggestions } from '../../common/contract/index.ts'
import { ZONE_LABEL } from '../../common/kube/server.ts'
import type { ServerSpec, ServerStatus } from '../../common/kube/server.ts'
import type { OpenedServer } from '../../engine/nodes/server-manager.ts'
import type { HandshakeGate } from '../../hosts/ssh/handshake-gate.ts'
import type { HostKeyStore } from '../../hosts/ssh/host-key-store.ts'
import { serverFacts } from '../../hosts/ssh/server-facts.ts'
import { openSshHost } from '../../hosts/ssh/ssh-host.ts'
import type { SshHost } from '../../hosts/ssh/ssh-host.ts'
import { SshError } from '../../hosts/ssh/ssh-error.ts'
import type { SshState } from '../../hosts/ssh/ssh-link.ts'
import { describeTarget } from '../../hosts/ssh/target.ts'
import type { SshAuth, SshPrompts, SshTarget } from '../../hosts/ssh/target.ts'
import type { LoginBook } from './login-book.ts'

/** What this desk has to log in with. */
export interface DeskKeys {
  /** The user's ~/.ssh/config. */
  target(destination: string): SshTarget
  suggestions(): LoginSuggestions
  /** A path as people write it, `~/` included. */
  expand(path: string): string
  agentSocket: string | undefined
}

/** The desk: its way to servers. */
export class Desk {
  readonly book: LoginBook
  readonly keys: DeskKeys
  readonly #hostKeys: HostKeyStore
  readonly #gate: HandshakeGate
  readonly #apiPort: number
  readonly #open = new Map<string, SshHost>()

  constructor(options: { book: LoginBook; keys: DeskKeys; hostKeys: HostKeyStore; gate: HandshakeGate; apiPort: number }) {
    this.book = options.book
    this.keys = options.keys
    this.#hostKeys = options.hostKeys
    this.#gate = options.gate
    this.#apiPort = options.apiPort
  }

  /** Where a server is and how to log in there. Throws an SshError (`config`) when it makes no sense. */
  target(spec: ServerSpec, login: LoginChoice | undefined): SshTarget {
    const usual = this.keys.target(spec.host ?? '')
    const asConfigured = { ...usual, ...(spec.port === undefined ? {} : { port: spec.port }), ...(spec.user === undefined ? {} : { user: spec.user }) }
    return login === undefined ? asConfigured : { ...asConfigured, auth: [this.#auth(login)] }
  }

  /** Connects with somebody to ask. */
  connect(target: SshTarget, prompts: SshPrompts): SshHost {
    return openSshHost({ target, prompts, hostKeys: this.#hostKeys, gate: this.#gate })
  }

  /** Opens a server for good, with nobody to ask: by what this desk knows. */
  open(name: string, spec: ServerSpec): OpenedServer {
    const { host, place } = this.reach(name, spec)
    this.#open.set(name, host)
    return { host, remote: true, apiWay: host.leadBack(this.#apiPort), place: async () => ({ ...await place(), labels: zoneLabel(spec) }), states: () => statuses(host) }
  }

  /** As `look`, with how to ask where the server is among networks. */
  reach(name: string, spec: ServerSpec): { host: SshHost; place(): Promise<{ address: string; networks: string[]; mtu?: number }> } {
    const host = this.look(name, spec)
    return { host, place: async () => {
      const { address, networks, mtu } = await serverFacts(host)
      return { address, networks, ...(mtu === undefined ? {} : { mtu }) }
    } }
  }

  /** Opens the way to a server by what this desk knows, for whoever closes it again. */
  look(name: string, spec: ServerSpec): SshHost {
    const target = this.target(spec, this.book.login(name))
    return openSshHost({ target, prompts: this.#known(name), hostKeys: this.#hostKeys, gate: this.#gate, description: `${name} (${describeTarget(target)})` })
  }

  /** The open connection to a server. Throws an SshError when there is none. */
  host(name: string): SshHost {
    const host = this.#open.get(name)
    if (host === undefined) throw new SshError('closed', `There is no connection to ${name}.`)
    return host
  }

  #auth(login: LoginChoice): SshAuth {
    if (login.type === 'password') return login
    if (login.type === 'key') return { type: 'key', file: this.keys.expand(login.file) }
    if (this.keys.agentSocket === undefined) throw new SshError('agent', 'No ssh-agent runs on this desk (SSH_AUTH_SOCK is not set). Start one and add the key with ssh-add, or choose another way to log in.')
    return { type: 'agent', socket: this.keys.agentSocket }
  }

  #known(name: string): SshPrompts {
    return {
      trustHostKey: () => Promise.resolve(false),
      password: (_server, _user, wrong) => Promise.resolve(wrong ? undefined : this.book.secret(name, 'password')),
      passphrase: (file, wrong) => Promise.resolve(wrong ? undefined : this.book.secret(name, `passphrase ${file}`)),
      answers: () => Promise.resolve(undefined),
    }
  }
}

function zoneLabel({ zone }: ServerSpec): Record<string, string> {
  return zone === undefined || zone === '' ? {} : { [ZONE_LABEL]: zone }
}

/** Unlike a generator it can be left while it waits. */
function statuses(host: SshHost): AsyncIterable<ServerStatus> {
  return {
    [Symbol.asyncIterator]: () => {
      const states = host.states()[Symbol.asyncIterator]()
      return {
        next: async () => {
          const next = await states.next()
          return next.done === true ? { done: true, value: undefined } : { done: false, value: statusOf(next.value) }
        },
        return: async () => {
          await states.return?.()
          return { done: true, value: undefined }
        },
      }
    },
  }
}

function statusOf(state: SshState): ServerStatus {
  switch (state.phase) {
    case 'connecting': return { phase: 'Connecting' }
    case 'connected': return { phase: 'Connected' }
    case 'unreachable': return { phase: 'Unreachable', reason: state.code, message: state.message, retries: state.retryAt !== undefined }
  }
}
