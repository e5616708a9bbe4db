import type { WebSocket } from 'ws'
import type { Transport } from '../common/rpc/transport.ts'

/** The RPC over a WebSocket, the server's end. */
export function socketTransport(socket: WebSocket): Transport {
  const early: unknown[] = []
  let onMessage: ((message: unknown) => void) | undefined
  socket.on('message', (data: Buffer) => {
    let message: unknown
    try {
      message = JSON.parse(data.toString('utf8'))
    } catch {
      return socket.close(1007, 'not JSON')
    }
    if (typeof message !== 'object' || message === null) return socket.close(1007, 'not a message')
    if (onMessage === undefined) early.push(message)
    else onMessage(message)
  })
  return {
    send: (message) => {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
    },
    onMessage: (handler) => {
      onMessage = handler
      for (const message of early.splice(0)) handler(message)
    },
    onClose: (handler) => {
      if (socket.readyState === socket.CLOSED) handler()
      else socket.once('close', handler)
    },
    close: () => socket.close(),
  }
}
