import type { BridgeTarget } from '../../src-main/common/contract/bridge.ts'
import { Bridge } from '../../src-main/common/contract/bridge.ts'
import type { Transport } from '../../src-main/common/rpc/transport.ts'
import { pagePortTransport } from './port-transport.ts'

/** Asks the preload script for a port. While the engine is not running the answer takes as long as it takes. */
export function openEnginePort(to: BridgeTarget): Promise<Transport> {
  return new Promise((resolve) => {
    const onMessage = (event: MessageEvent<unknown>): void => {
      const [port] = event.ports
      const data = event.data as { type?: unknown; to?: unknown } | null
      if (event.source !== window || data?.type !== Bridge.port || data.to !== to || port === undefined) return
      window.removeEventListener('message', onMessage)
      resolve(pagePortTransport(port))
    }
    window.addEventListener('message', onMessage)
    window.postMessage({ type: Bridge.request, to }, window.location.origin)
  })
}
