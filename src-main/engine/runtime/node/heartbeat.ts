import type { Clock, Timer } from '../../../common/clock.ts'

/** What is heard of a server. */
export type Answer = { heard: true } | { heard: false; silentMs: number }

export interface HeartbeatOptions {
  clock: Clock
  /** A question over the open connection. */
  ping(): Promise<void>
  /** Is this failure of `ping` silence (no connection), and not an answer ("Docker is not running")? */
  isSilence(error: unknown): boolean
  /** Told what is heard first, then at each change. */
  say(answer: Answer): void
}

/** Between one question's end and the next. */
export const PING_MS = 500
/** A server that has not answered for so long after it was asked is suspect: 0.8 to 1.3 s after its last sign of life. */
export const SILENCE_MS = 800
/** Woken so much later than asked for, this process itself slept or was stopped: its silence says nothing about the server. */
const OVERSLEPT_MS = 500

/**
 * Listens for a server's heart. Any answer, also a refusal, is a sign of life; only silence makes the server suspect. What comes late because this
 * process was busy or asleep is no silence: it then asks anew. Nor is a connection that is only being made (someone may be typing a password): until
 * the server is heard for the first time, only a failed attempt says that it is silent.
 */
export class Heartbeat {
  readonly #o: HeartbeatOptions
  /** Undefined: neither an answer nor a failure yet. */
  #heard: boolean | undefined
  #asked = 0
  #lastHeard: number
  #next: Timer | undefined
  #judge: Timer | undefined
  #stopped = false

  constructor(options: HeartbeatOptions) {
    this.#o = options
    this.#lastHeard = options.clock.monotonic()
  }

  start(): void {
    this.#lastHeard = this.#o.clock.monotonic()
    this.#ask()
  }

  stop(): void {
    this.#stopped = true
    this.#next?.cancel()
    this.#judge?.cancel()
  }

  #ask(): void {
    if (this.#stopped) return
    const { clock, ping, isSilence } = this.#o
    const question = ++this.#asked
    if (this.#heard !== undefined) this.#judge ??= this.#judgeAt(clock.monotonic() + SILENCE_MS)
    const again = (): void => {
      if (this.#stopped || question !== this.#asked) return
      this.#next = clock.setTimeout(() => this.#ask(), PING_MS)
    }
    ping().then(() => this.#answered(), (error: unknown) => (isSilence(error) ? this.#failed() : this.#answered())).then(again, again)
  }

  #answered(): void {
    if (this.#stopped) return
    this.#lastHeard = this.#o.clock.monotonic()
    this.#judge?.cancel()
    this.#judge = undefined
    if (this.#heard === true) return
    this.#heard = true
    this.#o.say({ heard: true })
  }

  #failed(): void {
    if (this.#stopped || this.#heard !== undefined) return
    this.#heard = false
    this.#o.say({ heard: false, silentMs: this.#o.clock.monotonic() - this.#lastHeard })
  }

  #judgeAt(due: number): Timer {
    const { clock } = this.#o
    return clock.setTimeout(() => {
      const now = clock.monotonic()
      if (now > due + OVERSLEPT_MS) {
        this.#judge = undefined
        this.#next?.cancel()
        return this.#ask()
      }
      if (this.#heard !== true) return
      this.#heard = false
      this.#o.say({ heard: false, silentMs: now - this.#lastHeard })
    }, due - clock.monotonic())
  }
}
