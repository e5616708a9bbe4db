import { StatusError, toStatusError } from '../errors.ts'
import { Credit } from './credit.ts'
import type { Request, Response } from './message.ts'
import { WINDOW } from './message.ts'
import type { MethodKind, Shape, ShapeOf } from './shape.ts'
import type { Channel } from './stream.ts'
import type { Transport } from './transport.ts'

/** A stream or channel under way. */
interface Session {
  readonly credit: Credit
  /** Feeds a channel; undefined for a stream. */
  readonly send: ((value: unknown) => void) | undefined
  cancel(): void
}

/** What a server may be told. */
export interface RpcServerOptions {
  /** Hears of failures that are not StatusErrors: bugs. The caller gets only their message. */
  onError?: (error: unknown, where: string) => void
}

/**
 * Answers one connection with the service objects. Only methods named by the shape can be called. A service left out answers NotFound.
 * When the connection closes, every stream of it is left and every channel closed.
 */
export function serveRpc<Contract extends object>(shape: ShapeOf<Contract>, services: Partial<Contract>, transport: Transport, options: RpcServerOptions = {}): void {
  const connection = new ServedConnection(shape as Shape, services as Record<string, object | undefined>, transport, options)
  transport.onMessage((message) => connection.handle(message as Request))
  transport.onClose(() => connection.close())
}

class ServedConnection {
  readonly #shape: Shape
  readonly #services: Record<string, object | undefined>
  readonly #transport: Transport
  readonly #options: RpcServerOptions
  readonly #sessions = new Map<number, Session>()

  constructor(shape: Shape, services: Record<string, object | undefined>, transport: Transport, options: RpcServerOptions) {
    this.#shape = shape
    this.#services = services
    this.#transport = transport
    this.#options = options
  }

  handle(request: Request): void {
    switch (request.type) {
      case 'call': return void this.#call(request)
      case 'open': return this.#open(request)
      case 'credit': return this.#sessions.get(request.id)?.credit.grant(request.count)
      case 'send': return this.#sessions.get(request.id)?.send?.(request.value)
      case 'cancel': return this.#sessions.get(request.id)?.cancel()
    }
  }

  close(): void {
    for (const session of this.#sessions.values()) session.cancel()
  }

  async #call(request: Request & { type: 'call' }): Promise<void> {
    try {
      const value = await this.#invoke(request, ['call'])
      this.#send({ type: 'result', id: request.id, value })
    } catch (error) {
      this.#fail(request, error)
    }
  }

  #open(request: Request & { type: 'open' }): void {
    const { id } = request
    let source: Channel<unknown, unknown> | AsyncIterable<unknown>
    try {
      source = this.#invoke(request, ['watch', 'stream', 'channel']) as typeof source
    } catch (error) {
      return this.#fail(request, error)
    }
    const iterator = source[Symbol.asyncIterator]()
    const credit = new Credit(WINDOW)
    const channel = 'send' in source ? source : undefined
    const end = (): void => {
      this.#sessions.delete(id)
      credit.close()
      channel?.close()
      // Not awaited: a source that is slow to stop must not hold the connection.
      iterator.return?.().catch((error: unknown) => this.#options.onError?.(error, `${request.service}.${request.method}`))
    }
    this.#sessions.set(id, { credit, send: channel && this.#feeder(request, channel), cancel: end })
    void this.#pump(request, iterator, credit).finally(() => {
      if (this.#sessions.has(id)) end()
    })
  }

  /** Sends the source's values as fast as the other side grants. */
  async #pump(request: Request & { type: 'open' }, iterator: AsyncIterator<unknown>, credit: Credit): Promise<void> {
    const { id } = request
    try {
      while (await credit.take()) {
        const result = await iterator.next()
        if (!this.#sessions.has(id)) return
        if (result.done === true) return this.#send({ type: 'end', id })
        this.#send({ type: 'item', id, value: result.value })
      }
    } catch (error) {
      if (this.#sessions.has(id)) this.#fail(request, error)
    }
  }

  /** Feeds values into a channel one after the other, granting another for each that it took. */
  #feeder(request: Request & { type: 'open' }, channel: Channel<unknown, unknown>): (value: unknown) => void {
    const { id } = request
    let last: Promise<void> = Promise.resolve()
    return (value) => {
      last = last.then(() => channel.send(value)).then(
        () => this.#send({ type: 'credit', id, count: 1 }),
        // The session's own end says why; what was typed after it is lost, as on any terminal.
        () => undefined,
      )
    }
  }

  #invoke(request: Request & { type: 'call' | 'open' }, kinds: MethodKind[]): unknown {
    const { service: name, method, args } = request
    const kind = Object.hasOwn(this.#shape, name) && Object.hasOwn(this.#shape[name] ?? {}, method) ? this.#shape[name]?.[method] : undefined
    const service = this.#services[name] as Record<string, (...args: unknown[]) => unknown> | undefined
    const target = service?.[method]
    if (kind === undefined || !kinds.includes(kind) || target === undefined || !Array.isArray(args)) {
      throw new StatusError('NotFound', `there is no ${String(name)}.${String(method)} here`)
    }
    return target.apply(service, args)
  }

  #fail(request: Request & { type: 'call' | 'open' }, error: unknown): void {
    if (!(error instanceof StatusError)) this.#options.onError?.(error, `${request.service}.${request.method}`)
    this.#send({ type: 'error', id: request.id, status: toStatusError(error).toStatus() })
  }

  #send(response: Response): void {
    this.#transport.send(response)
  }
}
