import { Agent } from 'node:http'
import type { AgentOptions, ClientRequest } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock, Timer } from '../../common/clock.ts'

const IDLE_MS = 10_000

type Created = (error: Error | null, stream: Duplex) => void

/** Carries HTTP over streams that `open` makes. A few are kept for the next request, not for long: through dial-stdio each is a session. */
export class StreamAgent extends Agent {
  readonly #open: () => Promise<Duplex>
  readonly #clock: Clock
  readonly #idle = new Map<Duplex, Timer>()

  constructor(open: () => Promise<Duplex>, clock: Clock) {
    super({ keepAlive: true, maxFreeSockets: 4, scheduling: 'lifo' } satisfies AgentOptions)
    this.#open = open
    this.#clock = clock
  }

  /** Called by Node for a request that no kept stream can take. */
  override createConnection(_options: unknown, created: Created): undefined {
    this.#open().then((stream) => {
      stream.once('close', () => this.#forget(stream))
      created(null, stream)
    }, (error: Error) => created(error, undefined as unknown as Duplex))
  }

  override keepSocketAlive(stream: Duplex): boolean {
    this.#forget(stream)
    this.#idle.set(stream, this.#clock.setTimeout(() => stream.destroy(), IDLE_MS))
    super.keepSocketAlive(stream)
    return !stream.destroyed && stream.writable
  }

  override reuseSocket(stream: Duplex, request: ClientRequest): void {
    this.#forget(stream)
    super.reuseSocket(stream, request)
  }

  override destroy(): void {
    for (const stream of this.#idle.keys()) stream.destroy()
    super.destroy()
  }

  #forget(stream: Duplex): void {
    this.#idle.get(stream)?.cancel()
    this.#idle.delete(stream)
  }
}
