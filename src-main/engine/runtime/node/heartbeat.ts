import type { Clock, Timer } from '../../../common/clock.ts'

/** What is heard of a server. */
export type Answer = { heard: true } | { heard: false; silentMs: number }

export interface HeartbeatOptions {
  clock: Clock
  /** A question over the open connection. */
  ping(): Promise<void>
  /** Is this failure of `ping` silence (no connection), and not an answer ("Docker is not running")? */
  isSilence(error: unknown): boolean
  /** Told at each change. */
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
 * process was busy or asleep is no silence: it then asks anew.
 */
export class Heartbeat {
  readonly #o: HeartbeatOptions
  #heard = true
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
    this.#judge ??= this.#judgeAt(clock.monotonic() + SILENCE_MS)
    const again = (): void => {
      if (this.#stopped || question !== this.#asked) return
      this.#next = clock.setTimeout(() => this.#ask(), PING_MS)
    }
    ping().then(() => this.#answered(), (error: unknown) => { if (!isSilence(error)) this.#answered() }).then(again, again)
  }

  #answered(): void {
    if (this.#stopped) return
    this.#lastHeard = this.#o.clock.monotonic()
    this.#judge?.cancel()
    this.#judge = undefined
    if (this.#heard) return
    this.#heard = true
    this.#o.say({ heard: true })
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
      if (!this.#heard) return
      this.#heard = false
      this.#o.say({ heard: false, silentMs: now - this.#lastHeard })
    }, due - clock.monotonic())
  }
}
