import { portTransport } from '../../src-main/common/rpc/port-transport.ts'
import type { Transport } from '../../src-main/common/rpc/transport.ts'

/** The RPC over a page's MessagePort: the desktop window's way to the engine. */
export function pagePortTransport(port: MessagePort): Transport {
  return portTransport({
    post: (message) => port.postMessage(message),
    listen: (handler) => {
      port.addEventListener('message', (event: MessageEvent<unknown>) => handler(event.data))
      port.start()
    },
    // The other side's end, or its process's death. Older type libraries do not know this event.
    onEnd: (handler) => port.addEventListener('close' as 'message', handler),
    close: () => port.close(),
  })
}
