import type { WebSocket } from 'ws'
import type { ContainerTarget, NodeAccess, PodLogOptions } from '../../../common/kube/node-access.ts'

const NORMAL_CLOSURE = 1000
const INTERNAL_ERROR = 1011

/** A container's log over WebSocket, a message for each piece as it comes, binary or as text in base64; the server closes at its end. */
export async function serveWebSocketLog(
  socket: WebSocket, nodes: Pick<NodeAccess, 'logs'>, { target, options }: { target: ContainerTarget; options: PodLogOptions }, protocol: string,
): Promise<void> {
  const gone = new AbortController()
  socket.on('error', () => socket.terminate())
  socket.on('close', () => gone.abort())
  const isText = protocol.startsWith('base64')
  try {
    for await (const chunk of nodes.logs(target, options, gone.signal)) await sent(socket, isText ? Buffer.from(chunk).toString('base64') : chunk)
    socket.close(NORMAL_CLOSURE)
  } catch {
    // After the upgrade there is no Status to say it with.
    socket.close(INTERNAL_ERROR)
  }
}

/** Resolves when the message is on its way, or nobody is there to take it. */
function sent(socket: WebSocket, message: Uint8Array | string): Promise<void> {
  return new Promise((resolve) => {
    socket.send(message, () => resolve())
  })
}
