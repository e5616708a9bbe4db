import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import type { NodeAccess } from '../../common/kube/node-access.ts'
import { duplexOf } from '../client/byte-duplex.ts'

/** A page that is longer is none that metrics are on. */
const MOST_BYTES = 4 << 20

/** Reads pages of the programs in pods, each by its own node's way. */
export function podPages(access: Pick<NodeAccess, 'portForward'>): { get(namespace: string, pod: string, port: number, path: string, signal: AbortSignal): Promise<string> } {
  return {
    async get(namespace, pod, port, path, signal) {
      signal.throwIfAborted()
      const connection = duplexOf(await access.portForward(namespace, pod, port))
      try {
        return await page(connection, `${pod}:${String(port)}`, path, signal)
      } finally {
        connection.destroy()
      }
    },
  }
}

function page(connection: Duplex, host: string, path: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const failed = (error: unknown): void => reject(signal.aborted ? signal.reason as Error : error as Error)
    const headers = { Host: host, Accept: 'text/plain;version=0.0.4', 'User-Agent': 'toque-metrics', Connection: 'close' }
    const asked = request({ method: 'GET', path, signal, headers, createConnection: () => connection }, (answer) => {
      const chunks: Buffer[] = []
      let bytes = 0
      answer.on('error', failed)
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > MOST_BYTES) answer.destroy(new Error(`${path} has more than ${String(MOST_BYTES >> 20)} MiB`))
        else chunks.push(chunk)
      })
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(Buffer.concat(chunks).toString())
        else reject(new Error(`${path} answered with ${String(answer.statusCode)}`))
      })
    })
    asked.on('error', failed)
    asked.end()
  })
}
