import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { StatusError } from '../../../../common/errors.ts'
import type { NodeAccess } from '../../../../common/kube/node-access.ts'
import { duplexOf } from '../../streaming/duplex.ts'
import type { ProxyName, ProxyTarget } from './target.ts'

/** How pods are reached; absent where there are no nodes. */
export type Reach = Partial<Pick<NodeAccess, 'portForward'>> | undefined

/** Connects to what a proxied request is for. Throws ServiceUnavailable where nothing answers. */
export async function connectTo(target: ProxyTarget, scheme: ProxyName['scheme'], reach: Reach): Promise<Duplex> {
  const plain = target.kind === 'pod' ? await podConnection(target, reach) : await connected(connectTcp(target.port, target.host), 'connect')
  // What goes wrong later ends the request; an error that nobody hears would end the process.
  plain.on('error', () => undefined)
  if (scheme === 'http') return plain
  // As upstream: the certificate of what is inside the cluster is not checked.
  const secure = await connected(connectTls({ socket: plain, rejectUnauthorized: false }), 'secureConnect')
  return secure.on('error', () => undefined)
}

async function podConnection({ namespace, pod, port }: Extract<ProxyTarget, { kind: 'pod' }>, reach: Reach): Promise<Duplex> {
  if (reach?.portForward === undefined) throw new StatusError('ServiceUnavailable', 'No node is connected that could reach this.')
  try {
    return duplexOf(await reach.portForward(namespace, pod, port))
  } catch (error) {
    throw unreachable(error)
  }
}

async function connected<T extends Duplex>(socket: T, event: string): Promise<T> {
  try {
    await once(socket, event)
    return socket
  } catch (error) {
    socket.destroy()
    throw unreachable(error)
  }
}

/** Upstream's words for whatever stands between. */
export function unreachable(error: unknown): StatusError {
  return new StatusError('ServiceUnavailable', `error trying to reach service: ${error instanceof Error ? error.message : String(error)}`)
}
