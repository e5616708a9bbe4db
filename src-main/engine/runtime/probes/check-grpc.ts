import { connect } from 'node:http2'
import { failed } from './check.ts'
import type { CheckResult, CheckTools } from './check.ts'

const SERVING = 1

/** The standard gRPC health check (`grpc.health.v1.Health/Check`), over HTTP/2 without TLS; success is SERVING. */
export async function checkGrpc(tools: CheckTools, podIP: string, action: { port: number; service?: string }, signal: AbortSignal): Promise<CheckResult> {
  return ask(tools, podIP, action, signal).catch((error: unknown) => failed(error, `gRPC health check on port ${String(action.port)}`, signal))
}

async function ask(tools: CheckTools, podIP: string, action: { port: number; service?: string }, signal: AbortSignal): Promise<CheckResult> {
  const socket = await tools.dial(podIP, action.port, signal)
  const session = connect(`http://${podIP}:${String(action.port)}`, { createConnection: () => socket })
  try {
    const body = await new Promise<Buffer>((resolve, reject) => {
      session.on('error', reject)
      signal.addEventListener('abort', () => reject(new Error(`no answer from the gRPC health check on port ${String(action.port)}`)), { once: true })
      const stream = session.request({ ':method': 'POST', ':path': '/grpc.health.v1.Health/Check', 'content-type': 'application/grpc', te: 'trailers' })
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => resolve(Buffer.concat(chunks)))
      stream.on('error', reject)
      stream.end(frame(action.service ?? ''))
    })
    // A frame's five bytes, then field 1 (status) as a varint.
    const status = body[5] === 0x08 ? body[6] : 0
    return status === SERVING ? { result: 'success', message: '' } : { result: 'failure', message: `service unhealthy (responded with status ${String(status ?? 'none')})` }
  } finally {
    session.destroy()
  }
}

/** HealthCheckRequest { service } as one uncompressed gRPC frame. */
function frame(service: string): Buffer {
  const name = Buffer.from(service)
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name])
  const header = Buffer.alloc(5)
  header.writeUInt32BE(message.length, 1)
  return Buffer.concat([header, message])
}
