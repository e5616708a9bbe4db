/** A line with the time at which the node got it. */
export interface TimedLine {
  time: string
  text: string
}

/** A longer line is cut: one that never ends must not fill the memory. */
const LONGEST = 256 * 1024
const TIMED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z (.*)$/s

/** Cuts a raw log, with a time before each line, into lines. Bytes may be cut anywhere, also inside a character. */
export class TimedLines {
  readonly #decoder = new TextDecoder()
  #rest = ''
  #last = ''

  /** The whole lines that `chunk` completes. */
  take(chunk: Uint8Array): TimedLine[] {
    const parts = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n')
    this.#rest = parts.pop() ?? ''
    if (this.#rest.length > LONGEST) parts.push(...this.#cut())
    return parts.flatMap((line) => this.#line(line))
  }

  /** A last line without an end. */
  end(): TimedLine[] {
    const rest = this.#rest
    this.#rest = ''
    return rest === '' ? [] : this.#line(rest)
  }

  #cut(): string[] {
    const found: string[] = []
    for (; this.#rest.length > LONGEST; this.#rest = this.#rest.slice(LONGEST)) found.push(this.#rest.slice(0, LONGEST))
    return found
  }

  #line(line: string): TimedLine[] {
    const m = TIMED.exec(line)
    if (m !== null) this.#last = `${m[1] ?? ''}.${(m[2] ?? '').padEnd(9, '0')}Z`
    // What has no time goes on from the line before; without one it is no line of a container.
    if (this.#last === '') return []
    return [{ time: this.#last, text: (m?.[3] ?? line).replace(/\r$/, '') }]
  }
}
