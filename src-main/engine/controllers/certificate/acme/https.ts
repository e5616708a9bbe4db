import type { IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { rootCertificates } from 'node:tls'

/** A CA's answer, read to its end. */
export interface HttpsAnswer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

const TIMEOUT_MS = 30_000
/** No answer of a CA comes near it. */
const MAX_BYTES = 1 << 20

/** One HTTPS request. `ca`: PEM, trusted besides the authorities that everybody trusts. Rejects where there is no answer. */
export function askHttps(url: string, { method, body, ca, signal }: { method: 'GET' | 'HEAD' | 'POST'; body?: string | undefined; ca?: string | undefined; signal: AbortSignal }): Promise<HttpsAnswer> {
  return new Promise((resolve, reject) => {
    // Throws for what is no https: URL: a CA's directory may hold anything.
    const request = httpsRequest(url, {
      method, signal, timeout: TIMEOUT_MS, ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
      headers: { 'user-agent': 'toque', ...(body === undefined ? {} : { 'content-type': 'application/jose+json', 'content-length': String(Buffer.byteLength(body)) }) },
    }, (answer) => {
      const chunks: Buffer[] = []
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > MAX_BYTES) answer.destroy(new Error(`an answer of more than ${String(MAX_BYTES)} bytes`))
        else chunks.push(chunk)
      })
      answer.once('error', reject)
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString() }))
    })
    request.once('timeout', () => request.destroy(new Error(`no answer in ${String(TIMEOUT_MS / 1000)} s`)))
    request.once('error', reject)
    request.end(body)
  })
}
