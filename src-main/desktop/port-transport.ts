import type { MessagePortMain } from 'electron'
import { portTransport } from '../common/rpc/port-transport.ts'
import type { Transport } from '../common/rpc/transport.ts'

/** The RPC over Electron's MessagePort outside a page: the window's process and the engine's. */
export function mainPortTransport(port: MessagePortMain): Transport {
  return portTransport({
    post: (message) => port.postMessage(message),
    listen: (handler) => {
      port.on('message', (event) => handler(event.data))
      port.start()
    },
    onEnd: (handler) => port.on('close', handler),
    close: () => port.close(),
  })
}
