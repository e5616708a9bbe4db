import { StatusError } from '../errors.ts'
import { Credit } from './credit.ts'
import { Inbox } from './inbox.ts'
import type { Request, Response } from './message.ts'
import { WINDOW } from './message.ts'
import type { Shape, ShapeOf } from './shape.ts'
import type { Channel, Stream } from './stream.ts'
import type { Transport } from './transport.ts'
import { DisconnectedError } from './transport.ts'

/** What waits for answers of one id. */
interface Pending {
  onResponse(response: Response): void
  onDisconnect(): void
}

/**
 * The contract's services over a transport. A call that fails rejects with the server's StatusError; when the connection goes, what is under
 * way fails with DisconnectedError. A stream begins when it is iterated and may be iterated again; a channel begins at the call.
 */
export function rpcClient<Contract extends object>(shape: ShapeOf<Contract>, transport: Transport): Contract {
  const link = new Link(transport)
  const services = Object.entries(shape as Shape).map(([service, methods]) => {
    const entries = Object.entries(methods).map(([method, kind]) => {
      const start = (...args: unknown[]): unknown => {
        switch (kind) {
          case 'call': return link.call(service, method, args)
          case 'channel': return link.channel(service, method, args)
          case 'watch':
          case 'stream': return link.stream(service, method, args)
        }
      }
      return [method, start] as const
    })
    return [service, Object.fromEntries(entries)] as const
  })
  return Object.fromEntries(services) as Contract
}

class Link {
  readonly #transport: Transport
  readonly #pending = new Map<number, Pending>()
  #lastId = 0
  #closed = false

  constructor(transport: Transport) {
    this.#transport = transport
    transport.onMessage((message) => {
      const response = message as Response
      this.#pending.get(response.id)?.onResponse(response)
    })
    transport.onClose(() => {
      this.#closed = true
      for (const pending of this.#pending.values()) pending.onDisconnect()
      this.#pending.clear()
    })
  }

  call(service: string, method: string, args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = this.#register({
        onResponse: (response) => {
          this.#pending.delete(response.id)
          if (response.type === 'result') resolve(response.value)
          else if (response.type === 'error') reject(StatusError.fromStatus(response.status))
        },
        onDisconnect: () => reject(new DisconnectedError()),
      })
      this.#send({ type: 'call', id, service, method, args })
    })
  }

  stream(service: string, method: string, args: unknown[]): Stream<unknown> {
    return { [Symbol.asyncIterator]: () => this.#open(service, method, args, () => undefined).inbox }
  }

  channel(service: string, method: string, args: unknown[]): Channel<unknown, unknown> {
    const credit = new Credit(WINDOW)
    const { id, inbox } = this.#open(service, method, args, (count) => credit.grant(count), () => credit.close())
    return {
      [Symbol.asyncIterator]: () => inbox,
      send: async (value) => {
        if (!(await credit.take())) throw this.#closed ? new DisconnectedError() : new StatusError('Gone', 'The session has ended')
        this.#send({ type: 'send', id, value })
      },
      close: () => {
        credit.close()
        void inbox.return()
      },
    }
  }

  #open(service: string, method: string, args: unknown[], onCredit: (count: number) => void, onOver = (): void => undefined): { id: number; inbox: Inbox<unknown> } {
    let unread = 0
    const over = (error?: Error): void => {
      this.#pending.delete(id)
      inbox.finish(error)
      onOver()
    }
    const inbox = new Inbox<unknown>(
      () => {
        unread += 1
        if (unread < WINDOW / 2) return
        this.#send({ type: 'credit', id, count: unread })
        unread = 0
      },
      () => {
        this.#pending.delete(id)
        onOver()
        this.#send({ type: 'cancel', id })
      },
    )
    const id = this.#register({
      onResponse: (response) => {
        if (response.type === 'item') inbox.push(response.value)
        else if (response.type === 'credit') onCredit(response.count)
        else if (response.type === 'error') over(StatusError.fromStatus(response.status))
        else over()
      },
      onDisconnect: () => over(new DisconnectedError()),
    })
    this.#send({ type: 'open', id, service, method, args })
    return { id, inbox }
  }

  #register(pending: Pending): number {
    this.#lastId += 1
    if (this.#closed) queueMicrotask(() => pending.onDisconnect())
    else this.#pending.set(this.#lastId, pending)
    return this.#lastId
  }

  #send(request: Request): void {
    if (!this.#closed) this.#transport.send(request)
  }
}
