import type { WebSocketServer } from 'ws'

const PING_EVERY_MS = 15_000

/** Pings every socket and drops those that did not answer the last ping: a laptop that went away says no goodbye. Returns a function that ends it. */
export function keepAlive(server: WebSocketServer): () => void {
  const answered = new WeakSet<object>()
  server.on('connection', (socket) => {
    answered.add(socket)
    socket.on('pong', () => answered.add(socket))
  })
  const timer = setInterval(() => {
    for (const socket of server.clients) {
      if (!answered.delete(socket)) socket.terminate()
      else socket.ping()
    }
  }, PING_EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
