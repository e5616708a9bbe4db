import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { WebhookClientConfig } from '../../../common/kube/generated/apiextensions-v1.ts'
import { boundedText } from './bounded-text.ts'
import type { ServiceReach } from './dial.ts'
import { dialService } from './dial.ts'
import { WebhookError } from './webhook-error.ts'

/** Calls webhooks over HTTPS, by a URL or through a Service of the cluster, and trusts only the CA that the configuration names (the system's where it names none). */
export class WebhookCaller {
  readonly #options: ServiceReach

  constructor(options: ServiceReach) {
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
    const stream = config.service === undefined ? undefined : await dialService(this.#options, config.service, signal)
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
}

/** `https://hook.shop.svc:443/convert`, as messages show it. */
function shownAddress({ url, service }: WebhookClientConfig, query: string): string {
  const base = url ?? `https://${service?.name ?? ''}.${service?.namespace ?? ''}.svc:${String(service?.port ?? 443)}${service?.path ?? '/'}`
  return query === '' ? base : `${base}?${query}`
}

async function readText(response: IncomingMessage): Promise<string> {
  const text = await boundedText(response, (mostBytes) => new WebhookError(`the webhook's answer is larger than ${String(mostBytes)} bytes`))
  const code = response.statusCode ?? 0
  if (code < 200 || code > 299) throw new WebhookError(`the server answered ${String(code)}: ${text.slice(0, 200)}`)
  return text
}
