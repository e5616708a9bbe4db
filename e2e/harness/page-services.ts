import { once } from 'node:events'
import { WebSocket } from 'ws'
import { CONTRACT } from '../../src-main/common/contract/shape.ts'
import type { Contract } from '../../src-main/common/contract/index.ts'
import { rpcClient } from '../../src-main/common/rpc/client.ts'
import { websocketTransport } from '../../src-renderer/connection/websocket-transport.ts'

/** What a page of a headless Toque may ask, asked as the page does: by its address, with its cookie. */
export async function pageServices(url: string): Promise<{ services: Contract; close(): void }> {
  const { origin } = new URL(url)
  const visit = await fetch(url, { redirect: 'manual' })
  const cookie = (visit.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/rpc`, { origin, headers: { cookie } })
  await once(socket, 'open')
  return { services: rpcClient<Contract>(CONTRACT, websocketTransport(socket as unknown as globalThis.WebSocket)), close: () => socket.terminate() }
}
