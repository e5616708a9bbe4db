import type { Duplex } from 'node:stream'
import type { Clock } from '../../../common/clock.ts'
import type { ContainerSession, NodeAccess } from '../../../common/kube/node-access.ts'
import type { SessionProtocol } from './outcome.ts'
import { forwardConnection } from './port-forward.ts'
import { serveSession } from './session.ts'
import type { SpdyStream } from './spdy/connection.ts'
import { SpdyConnection } from './spdy/connection.ts'

/** How long a client may take to open the streams that it announced, and to close after the end. */
const STREAMS_MS = 30_000
const CLOSING_MS = 10_000

/** Which streams a client announced in its request. */
export interface WantedStreams {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
}

/** Exec and attach over SPDY: one stream a channel, named by its `streamType` header. Resolves when the connection is over. */
export async function serveSpdySession(
  transport: Duplex, head: Buffer, session: ContainerSession, wanted: WantedStreams, protocol: SessionProtocol, clock: Clock,
): Promise<void> {
  const expected = new Set(['error', ...(wanted.stdin ? ['stdin'] : []), ...(wanted.stdout ? ['stdout'] : []), ...(wanted.stderr && !wanted.tty ? ['stderr'] : []),
    ...(wanted.tty && hasResize(protocol) ? ['resize'] : [])])
  const streams = new Map<string, SpdyStream>()
  const timer = clock.setTimeout(() => connection.destroy(), STREAMS_MS)
  let started = false
  const connection = new SpdyConnection(transport, (stream) => {
    const type = stream.headers.get('streamtype') ?? ''
    if (!expected.has(type) || streams.has(type)) return stream.reset()
    streams.set(type, stream)
    if (streams.size < expected.size) return
    timer.cancel()
    started = true
    const channels = {
      stdin: streams.get('stdin'), stdout: streams.get('stdout'), stderr: streams.get('stderr'), resize: streams.get('resize'), error: streams.get('error') as SpdyStream,
      gone: connection.gone,
    }
    void serveSession(session, channels, protocol).then(async () => {
      await connection.goAway()
      const late = clock.setTimeout(() => connection.destroy(), CLOSING_MS)
      connection.gone.addEventListener('abort', () => late.cancel(), { once: true })
    })
  })
  await connection.serve(head)
  timer.cancel()
  if (!started) session.destroy()
}

function hasResize(protocol: SessionProtocol): boolean {
  return protocol !== 'channel.k8s.io' && !protocol.startsWith('v2')
}

/**
 * Port-forward over SPDY: for each connection an error stream and a data stream with the same `requestID` and a `port`. Ends when
 * the client does.
 */
export async function serveSpdyPortForward(
  transport: Duplex, head: Buffer, nodes: Pick<NodeAccess, 'portForward'>, pod: { namespace: string; pod: string }, clock: Clock,
): Promise<void> {
  const pairs = new Map<string, { data?: SpdyStream; error?: SpdyStream }>()
  const connection = new SpdyConnection(transport, (stream) => {
    const type = stream.headers.get('streamtype')
    const port = Number(stream.headers.get('port'))
    const request = stream.headers.get('requestid') ?? ''
    if ((type !== 'data' && type !== 'error') || !Number.isInteger(port) || port < 1 || port > 65_535) return stream.reset()
    const pair = pairs.get(request) ?? {}
    if (pair[type] !== undefined) return stream.reset()
    pair[type] = stream
    pairs.set(request, pair)
    const { data, error } = pair
    if (data !== undefined && error !== undefined) {
      pairs.delete(request)
      void forwardConnection(nodes, { ...pod, port }, data, error, { gone: connection.gone, halfClose: true })
      return
    }
    clock.setTimeout(() => {
      if (pairs.get(request) !== pair) return
      pairs.delete(request)
      stream.reset()
    }, STREAMS_MS)
  })
  await connection.serve(head)
}
