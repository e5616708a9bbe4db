import type { Clock, Timer } from '../common/clock.ts'
import type { FromEngine, ToEngine } from '../common/contract/engine-messages.ts'
import type { EngineState } from '../common/contract/index.ts'
import { LiveValue } from '../common/rpc/live-value.ts'

/** The engine's process, as little as the supervisor needs of it. */
export interface EngineChild<Port> {
  post(message: ToEngine, port?: Port): void
  onMessage(handler: (message: FromEngine) => void): void
  onExit(handler: (code: number) => void): void
  kill(): void
}

const FIRST_DELAY_MS = 200
const LAST_DELAY_MS = 10_000
/** An engine that ran this long is started again at once. */
const HEALTHY_AFTER_MS = 30_000
const STOP_PATIENCE_MS = 8_000

/** Keeps one engine process alive: starts it again when it dies, more slowly each time, and hands out connections to the one that runs. */
export class EngineSupervisor<Port> {
  /** For the screens: the engine's own words while it lives, ours when it is dead. */
  readonly state: LiveValue<EngineState>
  readonly #fork: () => EngineChild<Port>
  readonly #start: ToEngine & { type: 'start' }
  readonly #clock: Clock
  #child: EngineChild<Port> | undefined
  #waiting: Port[] = []
  #restart: Timer | undefined
  #delayMs = FIRST_DELAY_MS
  #onStopped: (() => void) | undefined

  constructor(fork: () => EngineChild<Port>, start: Omit<ToEngine & { type: 'start' }, 'type'>, clock: Clock) {
    this.#fork = fork
    this.#start = { type: 'start', ...start }
    this.#clock = clock
    this.state = new LiveValue<EngineState>({ state: 'starting', docker: { state: 'connecting' } })
    this.#run()
  }

  /** Gives the engine a page's port; when it is dead, the next one gets it. */
  connect(port: Port): void {
    if (this.#child === undefined) this.#waiting.push(port)
    else this.#child.post({ type: 'connect' }, port)
  }

  /** Asks the engine to finish its work; after a while it is ended. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#restart?.cancel()
    const child = this.#child
    if (child === undefined || this.#onStopped !== undefined) return
    const impatience = this.#clock.setTimeout(() => child.kill(), STOP_PATIENCE_MS)
    await new Promise<void>((resolve) => {
      this.#onStopped = resolve
      child.post({ type: 'stop' })
    })
    impatience.cancel()
  }

  #run(): void {
    const startedAt = this.#clock.monotonic()
    const child = this.#fork()
    this.#child = child
    child.onMessage((message) => this.state.set(message.state))
    child.onExit((code) => this.#exited(code, this.#clock.monotonic() - startedAt))
    child.post(this.#start)
    for (const port of this.#waiting.splice(0)) child.post({ type: 'connect' }, port)
  }

  #exited(code: number, ranMs: number): void {
    this.#child = undefined
    if (this.#onStopped !== undefined) return this.#onStopped()
    const before = this.state.get()
    if (ranMs >= HEALTHY_AFTER_MS) this.#delayMs = FIRST_DELAY_MS
    const delay = this.#delayMs
    this.#delayMs = Math.min(delay * 2, LAST_DELAY_MS)
    // What the engine said last is why it could not start; a crash has no last words.
    const why = before.state === 'failed' ? before.message : `The engine ended unexpectedly (code ${String(code)}); your containers keep running.`
    const seconds = Math.ceil(delay / 1000)
    const next = `It is started again${delay < 1000 ? '' : ` in ${String(seconds)} s`}.`
    this.state.set({ state: 'failed', message: `${why ?? ''} ${next}`.trim(), docker: { state: 'connecting' } })
    this.#restart = this.#clock.setTimeout(() => this.#run(), delay)
  }
}
