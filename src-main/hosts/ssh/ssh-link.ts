import { sleep } from '../../common/clock.ts'
import type { Clock } from '../../common/clock.ts'
import { messageOf } from '../../common/errors.ts'
import { LiveValue } from '../../common/rpc/live-value.ts'
import { backoff } from './backoff.ts'
import type { OpenChannel, SshConnection } from './ssh-connection.ts'
import { SshError } from './ssh-error.ts'
import type { SshErrorCode } from './ssh-error.ts'

/** How it stands with a server. */
export type SshState =
  | { phase: 'connecting' }
  /** `since`: milliseconds since the epoch. */
  | { phase: 'connected'; since: number }
  /** `message`: a sentence. `retryAt`: when it is tried again; undefined: not by itself, a person has to do something first. */
  | { phase: 'unreachable'; code: SshErrorCode; message: string; retryAt: number | undefined }

export interface SshLinkOptions {
  /** One handshake: a new connection, logged in, or an SshError. */
  connect(signal: AbortSignal): Promise<SshConnection>
  clock: Clock
  /** 0 up to 1. */
  random(): number
}

/** Of the 10 that sshd allows per connection by default; the rest is for hands at a terminal. */
const SESSIONS = 8
const CONNECTIONS = 10
const IDLE_MS = 30_000
/** A connection that lived so long was a good one: the next starts with no delay. */
const STEADY_MS = 10_000
/** After a refused login to a server that has let us in before: it may be booting (pam_nologin), so now and then it is tried again. */
const REFUSED_AGAIN_MS = 60_000

/** The connections to one server: one that is always there and comes back by itself, and more while many sessions are open. */
export class SshLink {
  readonly state = new LiveValue<SshState>({ phase: 'connecting' })
  readonly #options: SshLinkOptions
  readonly #abort = new AbortController()
  readonly #extras = new Set<SshConnection>()
  #primary: SshConnection | undefined
  #growing: Promise<void> | undefined
  #sessionLimit = SESSIONS
  #wake: () => void = () => undefined
  #letInBefore = false
  readonly #running: Promise<void>

  constructor(options: SshLinkOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  /** The main connection. While it is being made for the first time, or again after a loss, this waits; while the server is unreachable it rejects at once. */
  connection(signal?: AbortSignal): Promise<SshConnection> {
    return new Promise((resolve, reject) => {
      const settle = (): boolean => {
        if (this.#abort.signal.aborted) reject(closed())
        else if (signal?.aborted === true) reject(signal.reason as Error)
        else if (this.#primary?.isOpen === true) resolve(this.#primary)
        else {
          const state = this.state.get()
          if (state.phase !== 'unreachable') return false
          reject(new SshError(state.code, state.message))
        }
        return true
      }
      if (settle()) return
      const check = (): void => {
        if (!settle()) return
        stop()
        signal?.removeEventListener('abort', check)
      }
      const stop = this.state.onChange(check)
      signal?.addEventListener('abort', check)
    })
  }

  /** Opens a session (a command, a terminal) on a connection that has room for it, and makes one if none has. */
  async session(open: (connection: SshConnection) => Promise<OpenChannel>, signal?: AbortSignal): Promise<OpenChannel> {
    for (;;) {
      const primary = await this.connection(signal)
      const free = [primary, ...this.#extras].find((c) => c.isOpen && c.sessions < this.#sessionLimit)
      if (free === undefined) {
        await (this.#growing ??= this.#grow().finally(() => (this.#growing = undefined)))
        continue
      }
      try {
        return await open(free)
      } catch (error) {
        // This server allows fewer than sshd's default: learn how many.
        if (!(error instanceof SshError) || error.code !== 'sessions' || free.sessions === 0) throw error
        this.#sessionLimit = Math.min(this.#sessionLimit, free.sessions)
      }
    }
  }

  /** Tries again now: a person has changed something, or the network is back. */
  retry(): void {
    this.#wake()
  }

  async close(): Promise<void> {
    this.#abort.abort(closed())
    this.#primary?.close()
    for (const extra of this.#extras) extra.close()
    await this.#running
    const { code, message } = closed()
    this.state.set({ phase: 'unreachable', code, message, retryAt: undefined })
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort
    const { clock } = this.#options
    let failures = 0
    while (!signal.aborted) {
      const start = clock.monotonic()
      let why: SshError
      try {
        this.#primary = await this.#options.connect(signal)
        this.#letInBefore = true
        this.state.set({ phase: 'connected', since: clock.now() })
        why = await this.#primary.closed
        if (clock.monotonic() - start > STEADY_MS) failures = 0
        failures += 1
        this.#primary = undefined
        // The first loss is tried again at once, and calls wait for that.
        if (failures === 1) {
          this.state.set({ phase: 'connecting' })
          continue
        }
      } catch (error) {
        why = error instanceof SshError ? error : new SshError('protocol', messageOf(error), { cause: error })
        failures += 1
      }
      if (!signal.aborted && (await this.#pause(why, failures))) failures = 0
    }
  }

  /** Waits until it is time to try again. Resolves to whether somebody asked for it. */
  async #pause(why: SshError, failures: number): Promise<boolean> {
    const { clock, random } = this.#options
    const delay = !why.needsAPerson ? backoff(failures, () => random()) : why.code === 'auth-failed' && this.#letInBefore ? REFUSED_AGAIN_MS : undefined
    const early = new AbortController()
    const woken = new Promise<boolean>((resolve) => (this.#wake = (): void => {
      this.#wake = () => undefined
      this.state.set({ phase: 'connecting' }) // at once: a call right after waits for this try
      resolve(true)
    }))
    this.state.set({ phase: 'unreachable', code: why.code, message: why.message, retryAt: delay === undefined ? undefined : clock.now() + delay })
    const signal = AbortSignal.any([early.signal, this.#abort.signal])
    const over = new Promise<boolean>((resolve) => signal.addEventListener('abort', () => resolve(false), { once: true }))
    const time = delay === undefined ? over : sleep(clock, delay, signal).then(() => false, () => false)
    const asked = await Promise.race([woken, time, over])
    early.abort()
    this.#wake = () => undefined
    return asked
  }

  async #grow(): Promise<void> {
    if (this.#extras.size >= CONNECTIONS - 1) throw new SshError('sessions', `Too many sessions are open at once (${String(CONNECTIONS)} connections full). Close terminals and logs that are not needed.`)
    const extra = await this.#options.connect(this.#abort.signal)
    this.#extras.add(extra)
    void extra.closed.then(() => this.#extras.delete(extra))
    if (this.#abort.signal.aborted) return extra.close()
    this.#closeWhenIdle(extra)
  }

  #closeWhenIdle(extra: SshConnection): void {
    const timer = this.#options.clock.setTimeout(() => {
      if (extra.sessions === 0) extra.close()
      else if (extra.isOpen) this.#closeWhenIdle(extra)
    }, IDLE_MS)
    void extra.closed.then(() => timer.cancel())
  }
}

function closed(): SshError {
  return new SshError('closed', 'The connection to this server was closed here.')
}
