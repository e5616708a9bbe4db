import type { IncomingMessage } from 'node:http'
import type Docker from 'dockerode'

/** A log of Docker's (`/containers/ID/logs`, `/tasks/ID/logs`) as it comes. dockerode reads one that is not followed into memory; this is a stream in either case. */
export function dockerLog(docker: Docker, path: string, query: Record<string, unknown>, signal: AbortSignal): Promise<IncomingMessage> {
  const modem = docker.modem as unknown as { dial(options: Record<string, unknown>, callback: (error: unknown, stream: unknown) => void): void }
  return new Promise((resolve, reject) => {
    const statusCodes = { 200: true, 404: 'not found', 500: 'server error', 503: 'no swarm' }
    modem.dial({ path: `${path}?`, method: 'GET', isStream: true, statusCodes, options: query, abortSignal: signal }, (error, stream) => {
      if (error === null || error === undefined) resolve(stream as IncomingMessage)
      else reject(error instanceof Error ? error : new Error(String(error)))
    })
  })
}

/** Docker takes `seconds.nanoseconds`; an RFC 3339 text keeps all its digits. */
export function dockerTime(text: string): string {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '0'
  return `${String(Math.floor(Date.parse(text) / 1000))}.${fraction.padEnd(9, '0').slice(0, 9)}`
}
