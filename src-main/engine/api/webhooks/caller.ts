import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { connect as connectTcp, isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import type { WebhookClientConfig } from '../../../common/kube/generated/apiextensions-v1.ts'
import type { NodeAccess } from '../../../common/kube/node-access.ts'
import type { Lookup } from '../registry/kind.ts'
import { duplexOf } from '../streaming/duplex.ts'
import type { Endpoint } from './service-endpoint.ts'
import { endpointsOf } from './service-endpoint.ts'
import { WebhookError } from './webhook-error.ts'

const MOST_BYTES = 16 * 1024 * 1024

/** What calls of webhooks need. */
export interface WebhookCallerOptions {
  /** Finds Services and their endpoints. */
  readonly lookup: Pick<Lookup, 'get' | 'list'>
  /** The way into pods; without one, webhooks in the cluster cannot be called. */
  readonly nodes: () => Pick<NodeAccess, 'portForward'> | undefined
}

/** Calls webhooks over HTTPS, by a URL or through a Service of the cluster, and trusts only the CA that the configuration names (the system's where it names none). */
export class WebhookCaller {
  readonly #options: WebhookCallerOptions

  constructor(options: WebhookCallerOptions) {
    this.#options = options
  }

  /** Posts JSON and returns the answer's. WebhookError where that does not work within `timeoutMs`; `query` is added to the address (`timeout=10s`). */
  async call(config: WebhookClientConfig, body: unknown, timeoutMs: number, query = ''): Promise<unknown> {
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      const answer = await this.#post(config, JSON.stringify(body), query, signal)
      return JSON.parse(answer) as unknown
    } catch (error) {
      if (signal.aborted) throw new WebhookError(`Post ${JSON.stringify(shownAddress(config, query))}: no answer within ${String(timeoutMs / 1000)} s (context deadline exceeded)`)
      if (error instanceof WebhookError) throw error
      throw new WebhookError(`Post ${JSON.stringify(shownAddress(config, query))}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  async #post(config: WebhookClientConfig, body: string, query: string, signal: AbortSignal): Promise<string> {
    const address = new URL(shownAddress(config, query))
    const ca = config.caBundle === undefined || config.caBundle === '' ? undefined : Buffer.from(config.caBundle, 'base64')
    const host = address.hostname.replace(/^\[|\]$/g, '')
    const tls = { ...(isIP(host) === 0 ? { servername: host } : {}), ...(ca === undefined ? {} : { ca }) }
    const stream = config.service === undefined ? undefined : await this.#dial(config.service, signal)
    const secure = stream === undefined ? undefined : connectTls({ ...tls, socket: stream })
    try {
      return await new Promise<string>((resolve, reject) => {
        const sent = request(address, {
          method: 'POST', signal, headers: { 'Content-Type': 'application/json', 'Accept': 'application/json', 'Content-Length': Buffer.byteLength(body), 'User-Agent': 'toque-apiserver' },
          ...(secure === undefined ? { ...tls, agent: false as const } : { createConnection: () => secure }),
        }, (response) => void readText(response).then(resolve, reject))
        secure?.once('error', reject)
        sent.once('error', reject)
        sent.end(body)
      })
    } finally {
      secure?.destroy()
      stream?.destroy()
    }
  }

  /** One of the Service's endpoints, any, and the next where it does not take the connection. */
  async #dial(service: NonNullable<WebhookClientConfig['service']>, signal: AbortSignal): Promise<Duplex> {
    const endpoints = endpointsOf(this.#options.lookup, service)
    const first = Math.floor(Math.random() * endpoints.length)
    let failure: unknown
    for (let i = 0; i < endpoints.length && !signal.aborted; i++) {
      try {
        return await this.#connect(endpoints[(first + i) % endpoints.length] as Endpoint, signal)
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  async #connect({ pod, address, port }: Endpoint, signal: AbortSignal): Promise<Duplex> {
    if (pod !== undefined) {
      const nodes = this.#options.nodes()
      if (nodes === undefined) throw new WebhookError(`pod "${pod.name}" cannot be reached from here: no servers are driven at the moment`)
      return duplexOf(await nodes.portForward(pod.namespace, pod.name, port))
    }
    return new Promise((resolve, reject) => {
      const socket = connectTcp({ host: address, port, signal }, () => resolve(socket))
      socket.once('error', reject)
    })
  }
}

/** `https://hook.shop.svc:443/convert`, as messages show it. */
function shownAddress({ url, service }: WebhookClientConfig, query: string): string {
  const base = url ?? `https://${service?.name ?? ''}.${service?.namespace ?? ''}.svc:${String(service?.port ?? 443)}${service?.path ?? '/'}`
  return query === '' ? base : `${base}?${query}`
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST_BYTES) throw new WebhookError(`the webhook's answer is larger than ${String(MOST_BYTES)} bytes`)
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  const code = response.statusCode ?? 0
  if (code < 200 || code > 299) throw new WebhookError(`the server answered ${String(code)}: ${text.slice(0, 200)}`)
  return text
}
