import type { LinePosition } from '../../../common/kube/log-sink.ts'
import type { LogEntry } from './entry.ts'
import type { TimedLine } from './timed-lines.ts'

/** The position after one more line. */
export function advanced(before: LinePosition | undefined, { id, time }: Pick<LogEntry, 'id' | 'time'>): LinePosition {
  return before?.id === id && before.time === time ? { id, time, lines: before.lines + 1 } : { id, time, lines: 1 }
}

/** Leaves out the lines at the beginning of a log, read from a position's time on, that were read before. */
export class Resumption {
  readonly #from: LinePosition | undefined
  #toSkip: number
  #decided = false
  #gap = false

  /** `from`: where reading stopped, if that was in this same container. */
  constructor(from: LinePosition | undefined) {
    this.#from = from
    this.#toSkip = from?.lines ?? 0
  }

  /** The line at which reading stopped is not there any more: what came after it may be missing, too. */
  get gap(): boolean {
    return this.#gap
  }

  /** Is the line new? To be asked of each in order. */
  isNew({ time }: TimedLine): boolean {
    const from = this.#from
    if (from === undefined) return true
    if (!this.#decided) {
      this.#decided = true
      this.#gap = time > from.time
    }
    if (time < from.time) return false
    if (time > from.time || this.#toSkip === 0) {
      this.#toSkip = 0
      return true
    }
    this.#toSkip -= 1
    return false
  }
}
