import type { Client, ClientChannel } from 'ssh2'
import type { Clock } from '../../common/clock.ts'
import { ChannelStream } from './channel-stream.ts'
import { explainConnect, explainDial, explainListen } from './explain.ts'
import { SshError } from './ssh-error.ts'
import { describeTarget } from './target.ts'
import type { SshTarget } from './target.ts'

/** A server that answers keepalives opens a channel sooner than this, or is hung. */
const OPEN_MS = 10_000

/** A channel and its stream. */
export interface OpenChannel {
  channel: ClientChannel
  stream: ChannelStream
  /** How the command or shell has ended: its code, null if a signal ended it, undefined if that is not known (yet). Known when `stream` closes. */
  exitCode(this: void): number | null | undefined
}

type Opened = (error: Error | undefined, channel: ClientChannel) => void

/** One SSH connection that is logged in. Every stream on it is destroyed with the reason when it is lost. */
export class SshConnection {
  /** Resolves when it is over, with the reason. */
  readonly closed: Promise<SshError>
  readonly #client: Client
  readonly #target: SshTarget
  readonly #clock: Clock
  readonly #streams = new Set<ChannelStream>()
  #sessions = 0
  #ended: SshError | undefined
  #end: (why: SshError) => void = () => undefined

  /** `client` has just become ready. */
  constructor(client: Client, target: SshTarget, clock: Clock) {
    this.#client = client
    this.#target = target
    this.#clock = clock
    this.closed = new Promise((resolve) => (this.#end = resolve))
    client.on('error', (error) => this.#over(explainConnect(target, { message: /keepalive/i.test(error.message) ? 'the server was silent for 6 s' : error.message })))
    client.once('end', () => this.#over(this.#lost()))
    client.once('close', () => this.#over(this.#lost()))
  }

  /** Channels that count against the server's MaxSessions. */
  get sessions(): number {
    return this.#sessions
  }

  get isOpen(): boolean {
    return this.#ended === undefined
  }

  /** A stream to an address that the server reaches. Rejects with Node's code for the same failure. */
  async dial(address: string, port: number, signal?: AbortSignal): Promise<ChannelStream> {
    const open = (opened: Opened): unknown => this.#client.forwardOut('127.0.0.1', 0, address, port, opened)
    try {
      return (await this.#open(open, signal)).stream
    } catch (error) {
      const { reason, message } = error as Error & { reason?: unknown }
      throw reason === undefined ? error : explainDial(describeTarget(this.#target), address, port, reason, message.replace(/^.*failure: /, ''))
    }
  }

  /** A stream to a unix socket on the server. Rejects with `channel` when the server does not allow it or nothing listens there (it does not tell which). */
  async dialUnix(path: string): Promise<ChannelStream> {
    const { stream } = await this.#open((opened) => this.#client.openssh_forwardOutStreamLocal(path, opened)).catch((error: unknown) => {
      throw error instanceof SshError ? error : new SshError('channel', `The SSH server of ${describeTarget(this.#target)} did not connect us to ${path}.`, { cause: error })
    })
    return stream
  }

  /**
   * Has the server listen on a free port of its own 127.0.0.1 as long as this connection lasts; `accept` gets what connects there. Resolves with the port.
   * Rejects with `channel` when the server does not allow it. Once per connection.
   */
  async listen(accept: (stream: ChannelStream) => void): Promise<number> {
    this.#client.on('tcp connection', (_details, take) => accept(this.#track(take()).stream))
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended)
      const timer = this.#clock.setTimeout(() => reject(this.#silent()), OPEN_MS)
      void this.closed.then(reject)
      this.#client.forwardIn('127.0.0.1', 0, (error, port) => {
        timer.cancel()
        if (error === undefined) resolve(port)
        else reject(this.#ended ?? new SshError('channel', explainListen(describeTarget(this.#target)), { cause: error }))
      })
    })
  }

  /** A command. */
  exec(command: string, signal?: AbortSignal): Promise<OpenChannel> {
    return this.#session((opened) => this.#client.exec(command, opened), 'run a command', signal)
  }

  /** A login shell on a terminal of this size. */
  shell(size: { columns: number; rows: number }, signal?: AbortSignal): Promise<OpenChannel> {
    return this.#session((opened) => this.#client.shell({ term: 'xterm-256color', cols: size.columns, rows: size.rows }, opened), 'open a terminal', signal)
  }

  close(): void {
    this.#over(new SshError('closed', `The connection to ${describeTarget(this.#target)} was closed here.`))
  }

  async #session(open: (opened: Opened) => unknown, what: string, signal: AbortSignal | undefined): Promise<OpenChannel> {
    this.#sessions += 1
    let givenUp = false
    const counted: typeof open = (opened) => open((error, channel) => {
      if (error === undefined && givenUp) this.#sessions += 1 // too late for the caller, but it is there until it closes
      // Only when the server has closed it, too, does it stop counting there.
      if (error === undefined) channel.once('close', () => (this.#sessions -= 1))
      opened(error, channel)
    })
    try {
      return await this.#open(counted, signal)
    } catch (error) {
      givenUp = true
      this.#sessions -= 1
      if (error instanceof SshError || signal?.aborted === true) throw error
      const { reason, message } = error as Error & { reason?: unknown }
      if (reason !== undefined) throw new SshError('sessions', `${describeTarget(this.#target)} allows no further session (MaxSessions in its /etc/ssh/sshd_config).`, { cause: error })
      throw new SshError('command', `${describeTarget(this.#target)} does not let this user ${what} (${message}).`, { cause: error })
    }
  }

  #open(open: (opened: Opened) => unknown, signal?: AbortSignal): Promise<OpenChannel> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended)
      if (signal?.aborted === true) return reject(signal.reason as Error)
      let over = false
      const finish = (act: () => void): void => {
        over = true
        timer.cancel()
        signal?.removeEventListener('abort', abort)
        act()
      }
      const abort = (): void => finish(() => reject(signal?.reason as Error))
      const timer = this.#clock.setTimeout(() => finish(() => reject(this.#silent())), OPEN_MS)
      signal?.addEventListener('abort', abort, { once: true })
      const opened: Opened = (error, channel) => {
        if (over) return void (error === undefined && channel.close())
        if (error === undefined) return finish(() => resolve(this.#track(channel)))
        // ssh2 tells of a lost connection in its own words.
        const lost = (error as { reason?: unknown }).reason === undefined && /no response|not connected/i.test(error.message)
        finish(() => reject(lost ? (this.#ended ?? this.#lost()) : error))
      }
      try {
        open(opened)
      } catch {
        finish(() => reject(this.#ended ?? this.#lost()))
      }
    })
  }

  /** Listens from the first moment: a command may be over in the same packet that says it has begun. */
  #track(channel: ClientChannel): OpenChannel {
    let code: number | null | undefined
    channel.once('exit', (value: number | null) => (code = value))
    const stream = new ChannelStream(channel)
    this.#streams.add(stream)
    // A lost connection must not be an uncaught error in streams that nobody looks at just now; who reads or writes hears of it.
    stream.on('error', () => undefined)
    stream.once('close', () => this.#streams.delete(stream))
    return { channel, stream, exitCode: () => code }
  }

  #silent(): SshError {
    return new SshError('timeout', `${describeTarget(this.#target)} did not answer within ${String(OPEN_MS / 1000)} s. It may be overloaded.`)
  }

  #lost(): SshError {
    return explainConnect(this.#target, { message: 'the server closed it' })
  }

  #over(why: SshError): void {
    if (this.#ended !== undefined) return
    this.#ended = why
    // Before ssh2 ends them: a stream that was cut must not look like one that came to its end.
    for (const stream of this.#streams) stream.destroy(why)
    // Not `end`: it would wait for a server that may be gone.
    this.#client.destroy()
    this.#end(why)
  }
}

