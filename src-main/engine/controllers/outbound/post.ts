import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { DeliveryError, explainConnection } from './explain.ts'

/** What is sent to somebody else's server. */
export interface Post {
  /** http or https. */
  url: string
  headers: Readonly<Record<string, string>>
  body: string | Uint8Array
  /** The authority that its certificate must be of, PEM; default: those that this machine knows. */
  ca?: string | undefined
  /** Answer within, milliseconds. */
  timeoutMs: number
  signal: AbortSignal
}

/** What came back. */
export interface Answer {
  status: number
  /** The beginning of its text. */
  text: string
  retryAfterMs: number | undefined
}

/** More of an answer nobody reads. */
const MOST_TEXT = 2048
const LONGEST_WAIT_S = 3600

/** Sends a POST and resolves with the answer, whatever its status; redirects are not followed. Rejects with a DeliveryError, or with the signal's reason. */
export function post({ url, headers, body, ca, timeoutMs, signal }: Post): Promise<Answer> {
  const to = new URL(url)
  // No path and no query: what is in them may be a secret.
  const where = `${to.protocol}//${to.host}`
  return new Promise((resolve, reject) => {
    const late = AbortSignal.timeout(timeoutMs)
    const failed = (error: unknown): void => {
      if (signal.aborted) reject(signal.reason as Error)
      else reject(late.aborted ? new DeliveryError('TimedOut', `${where} did not answer within ${String(Math.round(timeoutMs / 1000))} s`) : explainConnection(error, where))
    }
    const options = { method: 'POST', headers: { ...headers, 'Content-Length': Buffer.byteLength(body), Connection: 'close' }, signal: AbortSignal.any([signal, late]), agent: false as const }
    const asked = to.protocol === 'https:' ? httpsRequest(to, { ...options, ...(ca === undefined ? {} : { ca }) }) : httpRequest(to, options)
    asked.on('error', failed)
    asked.on('response', (answer) => {
      const chunks: Buffer[] = []
      let bytes = 0
      answer.on('error', failed)
      answer.on('data', (chunk: Buffer) => {
        if (bytes < MOST_TEXT) chunks.push(chunk)
        bytes += chunk.length
        // One that never ends says nothing more by it.
        if (bytes > 64 * MOST_TEXT) answer.destroy()
      })
      answer.on('close', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString().slice(0, MOST_TEXT).trim(), retryAfterMs: retryAfter(answer.headers['retry-after']) }))
    })
    asked.end(body)
  })
}

function retryAfter(header: string | undefined): number | undefined {
  const seconds = Number(header)
  return header === undefined || !Number.isFinite(seconds) || seconds < 0 ? undefined : Math.min(seconds, LONGEST_WAIT_S) * 1000
}
