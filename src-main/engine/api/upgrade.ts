import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { toStatusError } from '../../common/errors.ts'
import type { ContainerTarget, ExecOptions, PodLogOptions } from '../../common/kube/node-access.ts'

/** What a request that wants to become a stream is for. It is authenticated, and its pod exists. */
export type StreamRequest =
  | { readonly type: 'exec'; readonly target: ContainerTarget; readonly options: ExecOptions & { stdout: boolean; stderr: boolean } }
  | { readonly type: 'attach'; readonly target: ContainerTarget; readonly options: Omit<ExecOptions, 'command'> & { stdout: boolean; stderr: boolean } }
  | { readonly type: 'log'; readonly target: ContainerTarget; readonly options: PodLogOptions }
  /** `ports`: those in the query of a WebSocket; SPDY names them per stream. */
  | { readonly type: 'portforward'; readonly namespace: string; readonly pod: string; readonly ports: number[] }

/**
 * Answers an HTTP upgrade to SPDY/3.1 or WebSocket and serves it until either side ends. `api/streaming` implements it, on NodeAccess.
 * It owns the socket from then on; it answers an upgrade it does not know with 400 and a Status. Must not throw.
 */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer, stream: StreamRequest) => void

/** Answers an upgrade with a Status instead, and closes. */
export function refuse(socket: Duplex, error: unknown): void {
  if (socket.destroyed) return
  const status = toStatusError(error)
  const body = JSON.stringify(status.toStatus())
  socket.end(`HTTP/1.1 ${status.code} ${status.reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`)
}
