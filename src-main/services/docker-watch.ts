import type { Clock, Timer } from '../common/clock.ts'
import type { EngineState } from '../common/contract/index.ts'
import { messageOf } from '../common/errors.ts'

const RETRY_MS = 1_000
const CHECK_MS = 10_000
/** An answer that takes longer counts as none. */
const PATIENCE_MS = 5_000

/** Asks Docker again and again whether it is there: often while it is not. Tells only of changes. */
export class DockerWatch {
  readonly #ping: () => Promise<unknown>
  readonly #clock: Clock
  readonly #onChange: (docker: EngineState['docker']) => void
  #state: EngineState['docker'] = { state: 'connecting' }
  #timer: Timer | undefined
  #stopped = false

  /** `ping` rejects with a sentence for people. */
  constructor(ping: () => Promise<unknown>, clock: Clock, onChange: (docker: EngineState['docker']) => void) {
    this.#ping = ping
    this.#clock = clock
    this.#onChange = onChange
    void this.#check()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  async #check(): Promise<void> {
    const next = await this.#ask()
    if (this.#stopped) return
    if (next.state !== this.#state.state || next.message !== this.#state.message) {
      this.#state = next
      this.#onChange(next)
    }
    this.#timer = this.#clock.setTimeout(() => void this.#check(), next.state === 'connected' ? CHECK_MS : RETRY_MS)
  }

  #ask(): Promise<EngineState['docker']> {
    return new Promise((resolve) => {
      const impatience = this.#clock.setTimeout(() => resolve({ state: 'unreachable', message: `Docker does not answer: nothing came within ${String(PATIENCE_MS / 1000)} seconds. Is this machine overloaded, or Docker stuck?` }), PATIENCE_MS)
      this.#ping().then(
        () => resolve({ state: 'connected' }),
        (error: unknown) => resolve({ state: 'unreachable', message: messageOf(error) }),
      ).finally(() => impatience.cancel())
    })
  }
}
