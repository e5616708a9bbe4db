import type { Clock, Timer } from '../clock.ts'
import { rpcClient } from './client.ts'
import { makeStream } from './make-stream.ts'
import type { Shape, ShapeOf } from './shape.ts'
import type { Channel, Stream } from './stream.ts'
import type { Transport } from './transport.ts'
import { DisconnectedError } from './transport.ts'

/** `connecting` at first, `lost` between a lost connection and the next one. */
export type ConnectionState = 'connecting' | 'connected' | 'lost'

/** How long a call waits for a connection before it fails. */
const CALL_PATIENCE_MS = 15_000
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 2_000

type AnyServices = Record<string, Record<string, (...args: unknown[]) => unknown>>

/**
 * A client that connects again by itself. Watches go on over a lost connection (they begin again with the whole state); calls made meanwhile
 * wait a while; what was under way (calls, log streams, terminals) fails with DisconnectedError, for nobody knows how far it came.
 */
export class ReconnectingClient<Contract extends object> {
  readonly services: Contract
  readonly #shape: ShapeOf<Contract>
  readonly #open: () => Promise<Transport>
  readonly #clock: Clock
  readonly #listeners = new Set<(state: ConnectionState) => void>()
  readonly #waiting = new Set<(services: AnyServices | undefined) => void>()
  #state: ConnectionState = 'connecting'
  #current: AnyServices | undefined
  #transport: Transport | undefined
  #retry: Timer | undefined
  #retryMs = FIRST_RETRY_MS
  #stopped = false

  /** `open` makes one connection, or rejects: it is tried again, more slowly each time. */
  constructor(shape: ShapeOf<Contract>, open: () => Promise<Transport>, clock: Clock) {
    this.#shape = shape
    this.#open = open
    this.#clock = clock
    this.services = this.#makeServices()
    void this.#connect()
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** Tells of each change of `state`. Returns a function that ends it. */
  onState(listener: (state: ConnectionState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Ends it for good: everything fails with DisconnectedError. */
  stop(): void {
    this.#stopped = true
    this.#retry?.cancel()
    this.#transport?.close()
    for (const give of [...this.#waiting]) give(undefined)
  }

  async #connect(): Promise<void> {
    try {
      const transport = await this.#open()
      if (this.#stopped) return transport.close()
      this.#transport = transport
      let closed = false
      // Before the client's own handler: its watches start anew as soon as they fail, and must not find the dead connection
      // (a browser runs promise callbacks between two handlers of one event).
      transport.onClose(() => {
        closed = true
        this.#current = undefined
        this.#setState('lost')
        this.#connectLater()
      })
      const services = rpcClient<Contract>(this.#shape, transport) as AnyServices
      // A handler added to a closed transport may already have run.
      if (closed as boolean) return
      this.#current = services
      this.#retryMs = FIRST_RETRY_MS
      this.#setState('connected')
      for (const give of [...this.#waiting]) give(services)
    } catch {
      // Why is not known here (a refused socket says nothing); the state says that there is no connection.
      this.#connectLater()
    }
  }

  #connectLater(): void {
    if (this.#stopped) return
    this.#retry = this.#clock.setTimeout(() => void this.#connect(), this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS)
  }

  #setState(state: ConnectionState): void {
    this.#state = state
    for (const listener of this.#listeners) listener(state)
  }

  /** The connected services; undefined when stopped, or when the patience (milliseconds) or the signal ends first. */
  #connected(patience?: number, signal?: AbortSignal): Promise<AnyServices | undefined> {
    if (this.#current !== undefined || this.#stopped || signal?.aborted) return Promise.resolve(this.#current)
    return new Promise((resolve) => {
      const give = (services: AnyServices | undefined): void => {
        this.#waiting.delete(give)
        timer?.cancel()
        resolve(services)
      }
      this.#waiting.add(give)
      const timer = patience === undefined ? undefined : this.#clock.setTimeout(() => give(undefined), patience)
      signal?.addEventListener('abort', () => give(undefined), { once: true })
    })
  }

  #makeServices(): Contract {
    const services = Object.entries(this.#shape as Shape).map(([service, methods]) => {
      const entries = Object.entries(methods).map(([method, kind]) => [method, (...args: unknown[]): unknown => {
        switch (kind) {
          case 'call': return this.#call(service, method, args)
          case 'watch': return this.#watch(service, method, args)
          case 'stream': return this.#stream(service, method, args)
          case 'channel': return this.#current?.[service]?.[method]?.(...args) ?? closedChannel()
        }
      }] as const)
      return [service, Object.fromEntries(entries)] as const
    })
    return Object.fromEntries(services) as Contract
  }

  async #call(service: string, method: string, args: unknown[]): Promise<unknown> {
    const services = await this.#connected(CALL_PATIENCE_MS)
    if (services === undefined) throw new DisconnectedError('There is no connection to the engine. It is tried again all the time; please try once more in a moment.')
    return services[service]?.[method]?.(...args)
  }

  #stream(service: string, method: string, args: unknown[]): Stream<unknown> {
    return makeStream(async (push, signal) => {
      const services = await this.#connected(CALL_PATIENCE_MS, signal)
      if (services === undefined) throw new DisconnectedError()
      await forward(services[service]?.[method]?.(...args) as Stream<unknown>, push, signal)
    })
  }

  #watch(service: string, method: string, args: unknown[]): Stream<unknown> {
    return makeStream(async (push, signal) => {
      while (!signal.aborted) {
        const services = await this.#connected(undefined, signal)
        if (signal.aborted) return
        if (services === undefined) throw new DisconnectedError()
        try {
          return await forward(services[service]?.[method]?.(...args) as Stream<unknown>, push, signal)
        } catch (error) {
          if (!(error instanceof DisconnectedError)) throw error
        }
      }
    })
  }
}

/** Reads `source` into `push` until its end or the abort, leaving it properly either way. */
async function forward(source: Stream<unknown>, push: (value: unknown) => Promise<void>, signal: AbortSignal): Promise<void> {
  const iterator = source[Symbol.asyncIterator]()
  const leave = (): void => void iterator.return?.()
  signal.addEventListener('abort', leave, { once: true })
  try {
    for (;;) {
      const result = await iterator.next()
      if (result.done === true) return
      await push(result.value)
    }
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

function closedChannel(): Channel<unknown, unknown> {
  const fail = (): Promise<never> => Promise.reject(new DisconnectedError('There is no connection to the engine at the moment. Open the session again when it is back.'))
  return { [Symbol.asyncIterator]: () => ({ next: fail }), send: fail, close: () => undefined }
}
