import { contextBridge, ipcRenderer } from 'electron'
import { Bridge, BRIDGE_FLAG } from './common/contract/bridge.ts'

// All this does is carry ports: the page asks for one, the window's process answers with one.
contextBridge.exposeInMainWorld(BRIDGE_FLAG, true)

window.addEventListener('message', (event: MessageEvent<unknown>) => {
  const data = event.data as { type?: unknown; to?: unknown } | null
  if (event.source !== window || data?.type !== Bridge.request) return
  if (data.to === 'desk' || data.to === 'engine') ipcRenderer.send(Bridge.request, data.to)
})

ipcRenderer.on(Bridge.port, (event, to: string) => {
  window.postMessage({ type: Bridge.port, to }, window.location.origin, event.ports)
})
