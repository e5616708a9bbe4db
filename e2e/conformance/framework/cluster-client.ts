import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { credentialsOf, type Credentials } from '../../harness/kubeconfig.ts'
import { ACCEPT, framed, understood, written, type Wire } from './wire.ts'

/** What an API said. */
export interface Answer<T> {
  readonly code: number
  readonly body: T
  readonly headers: IncomingMessage['headers']
}

export interface Asking {
  readonly query?: Readonly<Record<string, string>>
  /** Sent as JSON; a text or bytes as they are. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: T
}

export const PatchType = {
  json: 'application/json-patch+json', merge: 'application/merge-patch+json', strategic: 'application/strategic-merge-patch+json', apply: 'application/apply-patch+yaml',
} as const

/** A cluster's API as any program sees it: paths and JSON, by a kubeconfig, and nothing else. */
export class ClusterClient {
  readonly kubeconfig: string
  readonly #credentials: Credentials
  readonly #agent: Agent
  readonly #wire: Wire

  private constructor(kubeconfig: string, credentials: Credentials, wire: Wire) {
    this.kubeconfig = kubeconfig
    this.#credentials = credentials
    this.#wire = wire
    this.#agent = new Agent({ keepAlive: true, ca: credentials.ca, cert: credentials.cert, key: credentials.key })
  }

  static async open(kubeconfig: string, wire: Wire = 'json'): Promise<ClusterClient> {
    return new ClusterClient(kubeconfig, credentialsOf(await readFile(kubeconfig, 'utf8')), wire)
  }

  get<T>(path: string, query: Record<string, string> = {}): Promise<T> {
    return this.#done<T>('GET', path, { query })
  }

  create<T>(path: string, body: unknown, query: Record<string, string> = {}): Promise<T> {
    return this.#done<T>('POST', path, { body, query })
  }

  replace<T>(path: string, body: unknown): Promise<T> {
    return this.#done<T>('PUT', path, { body })
  }

  patch<T>(path: string, type: keyof typeof PatchType, body: unknown, query: Record<string, string> = {}): Promise<T> {
    return this.#done<T>('PATCH', path, { body, query, headers: { 'content-type': PatchType[type] } })
  }

  /** `body`: DeleteOptions. */
  delete<T>(path: string, body?: object, query: Record<string, string> = {}): Promise<T> {
    return this.#done<T>('DELETE', path, { body, query })
  }

  /** Asks, and resolves with whatever was answered, also with a refusal. No object: `body` is the text. */
  async ask<T>(method: string, path: string, asking: Asking = {}): Promise<Answer<T>> {
    const answer = await this.#open(method, path, asking)
    return { code: answer.statusCode ?? 0, headers: answer.headers, body: understood(await buffer(answer), answer.headers['content-type']) as T }
  }

  /** Follows a list: its events until whoever iterates breaks off, or the server ends it (`timeoutSeconds`). Rejects when it is refused. */
  async *watch<T>(path: string, query: Record<string, string> = {}): AsyncGenerator<WatchEvent<T>, void, undefined> {
    const answer = await this.#open('GET', path, { query: { timeoutSeconds: '120', ...query, watch: 'true' } })
    if (answer.statusCode !== 200) throw new Error(`watch ${path}: ${String(answer.statusCode)} ${(await buffer(answer)).toString('utf8')}`)
    try {
      if (answer.headers['content-type']?.includes('protobuf') === true) yield* framed<T>(answer) as AsyncGenerator<WatchEvent<T>>
      else for await (const line of createInterface({ input: answer })) yield JSON.parse(line) as WatchEvent<T>
    } finally {
      answer.destroy()
    }
  }

  close(): void {
    this.#agent.destroy()
  }

  async #done<T>(method: string, path: string, asking: Asking): Promise<T> {
    const { code, body } = await this.ask<T & { message?: string }>(method, path, asking)
    if (code >= 400) throw new Refused(`${method} ${path}: ${body.message ?? String(code)}`, code, body)
    return body
  }

  #open(method: string, path: string, { query = {}, body: given, headers = {} }: Asking): Promise<IncomingMessage> {
    const url = new URL(path, this.#credentials.server)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const said = given === undefined || typeof given === 'string' || Buffer.isBuffer(given) ? { bytes: given, type: 'application/json' } : written(headers['content-type'] === undefined ? this.#wire : 'json', path, method, given as object)
    const { bytes } = said
    return new Promise((resolve, reject) => {
      // The length is said, or a DELETE's body would be taken for the next request.
      const body = bytes === undefined ? {} : { 'content-type': said.type, 'content-length': String(Buffer.byteLength(bytes)) }
      const asked = request(url, { method, agent: this.#agent, headers: { accept: ACCEPT[this.#wire], ...body, ...headers } }, resolve)
      asked.on('error', reject)
      asked.end(bytes)
    })
  }
}

/** The API said no. */
export class Refused extends Error {
  readonly code: number
  /** The Status. */
  readonly status: unknown

  constructor(message: string, code: number, status: unknown) {
    super(message)
    this.code = code
    this.status = status
  }
}
