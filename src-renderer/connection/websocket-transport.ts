import type { Transport } from '../../src-main/common/rpc/transport.ts'

/** The RPC over a WebSocket that is open: a browser's way to the engine. */
export function websocketTransport(socket: WebSocket): Transport {
  const early: unknown[] = []
  let onMessage: ((message: unknown) => void) | undefined
  socket.addEventListener('message', (event: MessageEvent<string>) => {
    const message: unknown = JSON.parse(event.data)
    if (onMessage === undefined) early.push(message)
    else onMessage(message)
  })
  return {
    send: (message) => {
      if (socket.readyState === 1) socket.send(JSON.stringify(message))
    },
    onMessage: (handler) => {
      onMessage = handler
      for (const message of early.splice(0)) handler(message)
    },
    onClose: (handler) => {
      if (socket.readyState === 3) handler()
      else socket.addEventListener('close', handler, { once: true })
    },
    close: () => socket.close(),
  }
}
