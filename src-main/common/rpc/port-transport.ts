import type { Transport } from './transport.ts'

/** What the message ports of pages, of Electron and of Node have in common, once their events are told apart. */
export interface Port {
  post(message: unknown): void
  /** Calls `handler` for each message, from the first one on. */
  listen(handler: (message: unknown) => void): void
  /** Calls `handler` when the other side or its process is gone. */
  onEnd(handler: () => void): void
  close(): void
}

/** The RPC over a message port. */
export function portTransport(port: Port): Transport {
  let closed = false
  const onClose: (() => void)[] = []
  const close = (): void => {
    if (closed) return
    closed = true
    port.close()
    for (const handler of onClose) handler()
  }
  port.onEnd(close)
  return {
    send: (message) => {
      if (!closed) port.post(message)
    },
    onMessage: (handler) => port.listen(handler),
    onClose: (handler) => {
      if (closed) handler()
      else onClose.push(handler)
    },
    close,
  }
}
