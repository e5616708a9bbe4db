import { readFileSync } from 'node:fs'
import { Agent, request as httpsRequest } from 'node:https'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { ApiServer } from '../../api-server.ts'
import type { ApiServerOptions } from '../../api-server.ts'
import { type TestApi, startTestApi } from '../test-api.ts'

/** Any JSON object: what an answer is read as. */
export interface Json {
  [field: string]: unknown
}

/** An answer, whole. */
export interface Answer {
  readonly code: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  /** Its body as an object; throws where it is none. */
  readonly json: Json
}

/** A request's body and what is said of it. */
export interface Sent {
  readonly body?: unknown
  /** Of the body; default JSON. */
  readonly type?: string
  readonly accept?: string
}

/** A real server on loopback with its administrator as client. */
export class Wire {
  readonly api: TestApi['api']
  readonly #test: TestApi
  readonly #server: ApiServer
  readonly #agent: Agent

  private constructor(test: TestApi, server: ApiServer) {
    this.api = test.api
    this.#test = test
    this.#server = server
    const pki = join(test.dir, 'pki')
    this.#agent = new Agent({ keepAlive: true, maxSockets: 16, ca: server.ca, cert: readFileSync(join(pki, 'admin.crt')), key: readFileSync(join(pki, 'admin.key')) })
  }

  static async start(options: Partial<ApiServerOptions> = {}): Promise<Wire> {
    const test = await startTestApi()
    return new Wire(test, await ApiServer.start({ api: test.api, dataDir: test.dir, port: 0, ...options }))
  }

  async stop(): Promise<void> {
    this.#agent.destroy()
    await this.#server.stop()
    await this.#test.close()
  }

  get url(): string {
    return this.#server.url
  }

  get agent(): Agent {
    return this.#agent
  }

  /** Sends a request and gives its answer's beginning. A body that is no Buffer is sent as JSON. */
  open(method: string, path: string, { body, type, accept }: Sent = {}): Promise<IncomingMessage> {
    const bytes = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
    const headers = { ...(accept === undefined ? {} : { accept }), ...(bytes === undefined ? {} : { 'content-type': type ?? 'application/json', 'content-length': bytes.length }) }
    return new Promise((resolve, reject) => {
      const request = httpsRequest(`${this.url}${path}`, { method, agent: this.#agent, headers }, resolve)
      request.on('error', reject)
      request.end(bytes)
    })
  }

  async ask(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const response = await this.open(method, path, sent)
    const bytes = await buffer(response)
    return { code: response.statusCode ?? 0, headers: response.headers, bytes, get json() { return JSON.parse(bytes.toString()) as Json } }
  }
}
