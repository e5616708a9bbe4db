import type { LogLine } from '../contract/index.ts'

/** Cuts a pod's raw log (lines with an RFC 3339 time before each) into lines. Bytes may be cut anywhere, also inside a character. */
export class LogSplitter {
  readonly #instance: string
  readonly #container: string
  readonly #decoder = new TextDecoder()
  #rest = ''
  #lastTime = 0

  constructor(instance: string, container: string) {
    this.#instance = instance
    this.#container = container
  }

  /** The whole lines that `chunk` completes. */
  take(chunk: Uint8Array): LogLine[] {
    const parts = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n')
    this.#rest = parts.pop() ?? ''
    return parts.map((line) => this.#line(line))
  }

  /** A last line without an end. */
  end(): LogLine[] {
    const rest = this.#rest
    this.#rest = ''
    return rest === '' ? [] : [this.#line(rest)]
  }

  #line(line: string): LogLine {
    const space = line.indexOf(' ')
    const time = Date.parse(space < 0 ? line : line.slice(0, space))
    // A line without a time (a message of the node's own) keeps its place after the one before.
    if (!Number.isNaN(time)) this.#lastTime = time
    const text = Number.isNaN(time) ? line : space < 0 ? '' : line.slice(space + 1)
    return { instance: this.#instance, container: this.#container, time: this.#lastTime, stream: 'stdout', text: text.replace(/\r$/, '') }
  }
}
