import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { credentialsOf } from '../../harness/kubeconfig.ts'

/** What came back. */
export interface Answer {
  code: number
  body: Buffer
}

export interface Call {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  path: string
  body?: object
  /** Default application/json. */
  contentType?: string
  accept?: string
}

/** Speaks to an API as a program would: HTTPS, the kubeconfig's own credentials, kept connections. */
export class LoadClient {
  readonly #agent: Agent
  readonly #server: URL

  /** `connections`: at most so many at once. */
  constructor(kubeconfig: string, connections: number) {
    const { server, ca, cert, key } = credentialsOf(readFileSync(kubeconfig, 'utf8'))
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, ca, cert, key })
    this.#server = new URL(server)
  }

  /** Resolves with the whole answer, whatever its code. */
  call({ method, path, body, contentType = 'application/json', accept = 'application/json' }: Call): Promise<Answer> {
    const text = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
    const headers = { accept, ...(text === undefined ? {} : { 'content-type': contentType, 'content-length': text.length }) }
    return new Promise((resolve, reject) => {
      const out = request(new URL(path, this.#server), { method, agent: this.#agent, headers }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => void chunks.push(chunk))
        answer.once('error', reject)
        answer.once('end', () => resolve({ code: answer.statusCode ?? 0, body: Buffer.concat(chunks) }))
      })
      out.once('error', reject)
      out.end(text)
    })
  }

  /** A call that must succeed; rejects with what the server said otherwise. */
  async must(call: Call): Promise<Buffer> {
    const { code, body } = await this.call(call)
    if (code >= 300) throw new Error(`${call.method} ${call.path} was answered ${String(code)}: ${body.toString().slice(0, 300)}`)
    return body
  }

  /** Hands over each line of a watch until the returned function is called. Resolves when the watch is open. */
  watch(path: string, onLine: (line: string) => void): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const out = request(new URL(path, this.#server), { agent: this.#agent }, (answer) => {
        let rest = ''
        answer.setEncoding('utf8')
        answer.on('data', (text: string) => {
          const lines = (rest + text).split('\n')
          rest = lines.pop() ?? ''
          for (const line of lines) onLine(line)
        })
        answer.on('error', () => undefined)
        resolve(() => void out.destroy())
      })
      out.once('error', reject)
      out.end()
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}
