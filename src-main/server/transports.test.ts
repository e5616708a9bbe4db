import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { MessageChannel } from 'node:worker_threads'
import type { WebSocket as ServerSocket } from 'ws'
import { WebSocket as Socket, WebSocketServer } from 'ws'
import { describeTransport } from '../common/rpc/testing/conformance.ts'
import { socketTransport } from './socket-transport.ts'
import { pagePortTransport } from '../../src-renderer/connection/port-transport.ts'
import { websocketTransport } from '../../src-renderer/connection/websocket-transport.ts'

describeTransport('MessagePort', () => {
  const { port1, port2 } = new MessageChannel()
  return Promise.resolve({ client: pagePortTransport(port1 as unknown as MessagePort), server: pagePortTransport(port2 as unknown as MessagePort) })
})

describeTransport('WebSocket', async () => {
  const listening = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(listening, 'listening')
  const socket = new Socket(`ws://127.0.0.1:${String((listening.address() as AddressInfo).port)}`)
  const [[accepted]] = (await Promise.all([once(listening, 'connection'), once(socket, 'open')])) as unknown as [[ServerSocket]]
  return {
    client: websocketTransport(socket as unknown as WebSocket),
    server: socketTransport(accepted),
    cleanup: async () => {
      socket.close()
      await new Promise((resolve) => listening.close(resolve))
    },
  }
})
