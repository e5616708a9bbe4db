import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import type { KubeObject } from '../../../../common/kube/object.ts'
import { preparePki } from '../../pki/pki.ts'

/** What a webhook is asked, as it reads it. */
export interface Question {
  readonly path: string
  readonly uid: string
  readonly operation: string
  readonly kind: { group: string; version: string; kind: string }
  readonly resource: { group: string; version: string; resource: string }
  readonly requestKind: { group: string; version: string; kind: string }
  readonly requestResource: { group: string; version: string; resource: string }
  readonly subResource?: string
  readonly name?: string
  readonly namespace?: string
  readonly userInfo: { username: string; groups: string[] }
  readonly object: (KubeObject & Record<string, unknown>) | null
  readonly oldObject: (KubeObject & Record<string, unknown>) | null
  readonly dryRun: boolean
  readonly options?: { kind: string }
}

/** The response's fields beside `uid`; undefined: no answer at all. */
export type Say = (question: Question) => object | undefined | Promise<object | undefined>

/** A real admission webhook over HTTPS on loopback. */
export interface WebhookServer {
  readonly asked: Question[]
  readonly port: number
  /** What it says at a path. */
  on(path: string, say: Say): void
  clientConfig(path: string): object
  close(): Promise<void>
}

/** A response with a JSON patch. */
export function patchedBy(...operations: object[]): object {
  return { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') }
}

/** Starts a webhook whose certificate is its own CA's, made in `dir`. */
export async function startWebhook(dir: string): Promise<WebhookServer> {
  const pki = await preparePki(join(dir, 'hook'), ['127.0.0.1', 'localhost'], Date.now())
  const caBundle = Buffer.from(readFileSync(join(dir, 'hook', 'ca.crt'))).toString('base64')
  const asked: Question[] = []
  const says = new Map<string, Say>()
  const server = createServer({ cert: pki.server.cert, key: pki.server.key }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => void answer(Buffer.concat(chunks).toString()))
    async function answer(body: string): Promise<void> {
      const path = (request.url ?? '').split('?')[0] ?? ''
      const { apiVersion, kind, request: question } = JSON.parse(body) as { apiVersion: string; kind: string; request: Omit<Question, 'path'> }
      asked.push({ ...question, path })
      const said = await says.get(path)?.({ ...question, path })
      if (said === undefined) response.writeHead(404).end('nobody')
      else response.end(JSON.stringify({ apiVersion, kind, response: { uid: question.uid, ...said } }))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    asked, port,
    on: (path, say) => says.set(path, say),
    clientConfig: (path) => ({ url: `https://127.0.0.1:${String(port)}${path}`, caBundle }),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
