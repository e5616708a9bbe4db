import Docker from 'dockerode'
import type { Readable } from 'node:stream'

/** One event of Docker's stream. */
export interface DockerEvent {
  /** Milliseconds since the epoch, with fractions, by the server's clock (which is this machine's, in the lab). */
  at: number
  /** `die`, `start`, `create`, ... */
  action: string
  /** The container. */
  id: string
  /** The container's labels, and Docker's own: `image`, `name`, `exitCode`. */
  attributes: Readonly<Record<string, string>>
}

interface RawEvent {
  Type: string
  Action: string
  Actor: { ID: string; Attributes: Record<string, string> }
  timeNano: number
}

/** Docker's own account of what happens to containers, from outside whatever makes it happen. */
export class DockerLog {
  readonly events: DockerEvent[] = []
  readonly #stream: Readable
  readonly #waiting = new Set<() => void>()

  private constructor(stream: Readable) {
    this.#stream = stream
    let rest = ''
    stream.setEncoding('utf8')
    stream.on('error', () => {})
    stream.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line.trim() !== '') this.#add(JSON.parse(line) as RawEvent)
    })
  }

  static async open(socketPath: string): Promise<DockerLog> {
    const stream = await new Docker({ socketPath }).getEvents({ filters: { type: ['container'] } })
    return new DockerLog(stream as Readable)
  }

  /** The first event after `from` (an index into `events`) that fits; rejects after `ms`. */
  async next(from: number, fits: (event: DockerEvent) => boolean, ms = 60_000): Promise<DockerEvent> {
    const deadline = performance.now() + ms
    for (let i = from; ; i++) {
      while (i >= this.events.length) {
        const left = deadline - performance.now()
        if (left <= 0) throw new Error(`Docker did not say what was waited for within ${ms / 1000} s. Since then: ${this.events.slice(from).map(({ action }) => action).join(', ')}`)
        await this.#more(left)
      }
      const event = this.events[i]
      if (event !== undefined && fits(event)) return event
    }
  }

  close(): void {
    this.#stream.destroy()
  }

  #add(raw: RawEvent): void {
    if (raw.Type !== 'container') return
    this.events.push({ at: raw.timeNano / 1e6, action: raw.Action, id: raw.Actor.ID, attributes: raw.Actor.Attributes })
    for (const wake of [...this.#waiting]) wake()
  }

  #more(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      this.#waiting.add(wake)
    })
  }
}
