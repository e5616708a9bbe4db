import type { Clock, Timer } from '../../../common/clock.ts'
import type { TransferProgress } from '../container-runtime.ts'
import type { CopyProgress } from './image-supply.ts'

/** A status is a write into the store: no more of them than a person can read. */
const EVERY_MS = 1_000

/** Passes messages on, the newest only, at most one a second. */
export class FetchProgress {
  readonly #clock: Clock
  readonly #say: (message: string) => void
  #next: string | undefined
  #said: string | undefined
  #timer: Timer | undefined

  constructor(clock: Clock, say: (message: string) => void) {
    this.#clock = clock
    this.#say = say
  }

  tell(message: string): void {
    this.#next = message
    if (this.#timer === undefined) this.#pass()
  }

  /** Nothing is said after this. */
  stop(): void {
    this.#next = undefined
    this.#timer?.cancel()
  }

  #pass(): void {
    this.#timer = undefined
    if (this.#next === undefined || this.#next === this.#said) return
    this.#say(this.#said = this.#next)
    this.#timer = this.#clock.setTimeout(() => this.#pass(), EVERY_MS)
  }
}

/** `pulling nginx: 12 of 40 MB`. Pure. */
export function pullingWords(reference: string, { doneBytes, totalBytes }: TransferProgress): string {
  return `pulling ${reference}: ${megabytes(doneBytes)} of ${megabytes(totalBytes)} MB`
}

/** `copying myapp:dev from server b: 12 of 40 MB`. Pure. */
export function copyingWords(reference: string, { from, doneBytes, totalBytes }: CopyProgress): string {
  if (from === undefined) return `waiting until other images are copied, before ${reference}`
  return `copying ${reference} from ${from}: ${megabytes(doneBytes)} of ${megabytes(Math.max(doneBytes, totalBytes))} MB`
}

/** Millions of bytes, with a digit behind the point where it matters. Pure. */
export function megabytes(bytes: number): string {
  const n = bytes / 1e6
  return n < 10 ? n.toFixed(1) : n.toFixed(0)
}
