import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { connect as connectTls } from 'node:tls'
import type { FrontProxy } from '../pki/front-proxy.ts'
import { boundedText } from '../webhooks/bounded-text.ts'
import { type ServiceReach, dialService } from '../webhooks/dial.ts'
import type { Remote } from './remote.ts'

/** What connections to other API servers are made with. */
export interface LinkOptions extends ServiceReach {
  readonly frontProxy: FrontProxy
}

/** Connects to another API server, as the front proxy; its certificate must be its Service's, of the CA that the APIService names. */
export async function connectTo({ service, caBundle, insecure }: Remote, options: LinkOptions, signal: AbortSignal): Promise<TLSSocket> {
  const plain = await dialService(options, service, signal)
  // What goes wrong later ends the request; an error that nobody hears would end the process.
  plain.on('error', () => undefined)
  const { cert, key } = options.frontProxy.client
  const secure = connectTls({
    socket: plain, servername: `${service.name}.${service.namespace}.svc`, cert, key, rejectUnauthorized: !insecure, ...(caBundle === undefined ? {} : { ca: Buffer.from(caBundle, 'base64') }),
  })
  try {
    await once(secure, 'secureConnect', { signal })
    return secure.on('error', () => undefined)
  } catch (error) {
    secure.destroy()
    plain.destroy()
    throw error
  }
}

/** Gets a document of another API server, as one who may see everything. Undefined where it has none (404). Throws an Error that says why not. */
export async function getJson(remote: Remote, path: string, options: LinkOptions, timeoutMs: number): Promise<unknown> {
  const signal = AbortSignal.timeout(timeoutMs)
  const connection = await connectTo(remote, options, signal)
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      httpRequest({ method: 'GET', path, signal, headers: { 'accept': 'application/json', 'host': `${remote.service.name}.${remote.service.namespace}.svc`, 'x-remote-user': 'system:kube-aggregator', 'x-remote-group': 'system:masters' }, createConnection: () => connection }, resolve).on('error', reject).end()
    })
    const text = await boundedText(answer, (mostBytes) => new Error(`the answer is larger than ${String(mostBytes)} bytes`))
    if (answer.statusCode === 404) return undefined
    if (answer.statusCode !== 200) throw new Error(`bad status from ${path}: ${String(answer.statusCode)}`)
    return JSON.parse(text) as unknown
  } finally {
    connection.destroy()
  }
}
