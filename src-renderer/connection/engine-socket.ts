import type { Transport } from '../../src-main/common/rpc/transport.ts'
import { websocketTransport } from './websocket-transport.ts'

/** Opens the WebSocket of the server that this page came from. Its cookie (set by the first visit, whose URL has the token) lets us in. */
export function openEngineSocket(): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const { protocol, host } = window.location
    const socket = new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}/rpc`)
    socket.addEventListener('open', () => resolve(websocketTransport(socket)), { once: true })
    socket.addEventListener('error', () => reject(new Error('no connection')), { once: true })
  })
}
