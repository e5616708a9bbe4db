import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Contract } from '../../src-main/common/contract/index.ts'
import { CONTRACT } from '../../src-main/common/contract/shape.ts'
import { rpcClient } from '../../src-main/common/rpc/client.ts'
import { socketTransport } from '../../src-main/server/socket-transport.ts'

/** What the screens may ask of a headless Toque, asked without a browser. */
export interface Screens {
  services: Contract
  close(): void
}

/** Opens the way that a browser takes: the address with its token gives a cookie, and the cookie opens the WebSocket. */
export async function openScreens(url: string): Promise<Screens> {
  const { origin, host } = new URL(url)
  const answer = await fetch(url, { redirect: 'manual' })
  const cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ')
  const socket = new WebSocket(`ws://${host}/rpc`, { headers: { cookie, origin } })
  await once(socket, 'open')
  return { services: rpcClient<Contract>(CONTRACT, socketTransport(socket)), close: () => socket.close() }
}
