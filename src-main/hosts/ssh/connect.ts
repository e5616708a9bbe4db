import type { Duplex } from 'node:stream'
import ssh2 from 'ssh2'
import type { AuthenticationType, Client, ConnectConfig } from 'ssh2'
import type { Clock } from '../../common/clock.ts'
import { algorithms } from './algorithms.ts'
import { Credentials } from './credentials.ts'
import { Deadline } from './deadline.ts'
import { explainConnect } from './explain.ts'
import type { RawFailure } from './explain.ts'
import type { HandshakeGate } from './handshake-gate.ts'
import type { HostKeyStore } from './host-key-store.ts'
import { Login } from './login.ts'
import { SshConnection } from './ssh-connection.ts'
import { SshError } from './ssh-error.ts'
import { describeTarget } from './target.ts'
import type { SshPrompts, SshTarget } from './target.ts'

/** From the first packet to the end of the login, without the time that people take to answer. */
const HANDSHAKE_MS = 15_000
/** A connection is lost when three of these in a row were not answered: 6 to 8 s of silence. A server that hangs for 3 s keeps it. */
const KEEPALIVE_MS = 2_000

/** What connecting needs besides where to. */
export interface SshContext {
  prompts: SshPrompts
  hostKeys: HostKeyStore
  gate: HandshakeGate
  clock: Clock
}

/** Makes connections to one server, through its jump hosts, and remembers for them what was asked. */
export class Connector {
  readonly #target: SshTarget
  readonly #context: SshContext
  readonly #credentials = new Credentials()
  readonly #via: Connector | undefined

  constructor(target: SshTarget, context: SshContext) {
    this.#target = target
    this.#context = context
    this.#via = target.via === undefined ? undefined : new Connector(target.via, context)
  }

  /** A connection that is logged in. Rejects with an SshError. */
  async connect(signal: AbortSignal): Promise<SshConnection> {
    if (this.#via === undefined) return this.#handshake(undefined, signal)
    const jump = await this.#via.connect(signal)
    try {
      const { host, port } = this.#target
      const socket = await jump.dial(host, port, signal).catch((error: Error) => {
        throw explainConnect(this.#target, error)
      })
      const connection = await this.#handshake(socket, signal)
      void connection.closed.then(() => jump.close())
      return connection
    } catch (error) {
      jump.close()
      throw error
    }
  }

  async #handshake(socket: Duplex | undefined, signal: AbortSignal): Promise<SshConnection> {
    const { host, port } = this.#target
    const known = await this.#context.hostKeys.types(this.#target)
    const leave = await this.#context.gate.enter(`${host}:${String(port)}`, signal)
    try {
      return await this.#shake(socket, known, signal)
    } finally {
      leave()
    }
  }

  #shake(socket: Duplex | undefined, known: readonly string[], signal: AbortSignal): Promise<SshConnection> {
    const target = this.#target
    const { clock, hostKeys, prompts } = this.#context
    const client = new ssh2.Client()
    return new Promise((resolve, reject) => {
      const fail = (error: SshError): void => {
        deadline.clear()
        signal.removeEventListener('abort', abort)
        client.destroy()
        socket?.destroy()
        reject(error)
      }
      const abort = (): void => fail(new SshError('closed', `The connection to ${describeTarget(target)} was given up.`))
      const deadline = new Deadline(clock, HANDSHAKE_MS, () => fail(explainConnect(target, { message: 'no answer', ...(heard ? { level: 'client-timeout' } : { code: 'ETIMEDOUT' }) })))
      const login = new Login(target, prompts, this.#credentials, deadline)
      let heard = false
      client.once('handshake', () => (heard = true))
      client.on('error', (error: Error & { level?: string }) => {
        if (error.level === 'agent') {
          login.problems.push(new SshError('agent', `The ssh-agent cannot be used (${error.message}). Start it, and add a key with ssh-add.`, { cause: error }))
          return
        }
        const failure = explainConnect(target, error, login.tried)
        fail(failure.code === 'auth-failed' ? login.explain(failure) : failure)
      })
      client.once('close', () => fail(explainConnect(target, { message: 'Connection lost before handshake' })))
      client.once('ready', () => {
        deadline.clear()
        signal.removeEventListener('abort', abort)
        client.removeAllListeners()
        resolve(new SshConnection(client, target, clock))
      })
      if (signal.aborted) return abort()
      signal.addEventListener('abort', abort)
      connectClient(client, {
        host: target.host, port: target.port, username: target.user, ...(socket === undefined ? {} : { sock: socket }),
        algorithms: algorithms(known), keepaliveInterval: KEEPALIVE_MS, keepaliveCountMax: 2, readyTimeout: 0, strictVendor: false,
        hostVerifier: (key: Buffer, verify: (valid: boolean) => void): void => {
          deadline.outside(() => hostKeys.verify(target, key, prompts)).then(() => verify(true), (error: unknown) => {
            fail(error instanceof SshError ? error : explainConnect(target, error as RawFailure))
            verify(false)
          })
        },
        authHandler: ((left: AuthenticationType[] | null, partial: boolean | null, next: (method: unknown) => void): void => {
          login.next(left ?? undefined, partial === true).then(next, (error: unknown) => fail(explainConnect(target, error as RawFailure)))
        }) as NonNullable<ConnectConfig['authHandler']>,
      }, (error) => fail(new SshError('config', `${describeTarget(target)} cannot be connected to: ${error.message}`, { cause: error })))
    })
  }
}

/** ssh2 throws what it dislikes about a configuration. */
function connectClient(client: Client, config: ConnectConfig, onError: (error: Error) => void): void {
  try {
    client.connect(config)
  } catch (error) {
    onError(error as Error)
  }
}
