import { toStatusError } from '../../../common/errors.ts'
import type { NodeAccess } from '../../../common/kube/node-access.ts'
import type { Channel } from './channel.ts'

/** What the client's side of a forwarded connection can do. */
export interface ForwardedClient {
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal
  /** It can end its own direction: what it still sends after the pod has ended is waited for. */
  readonly halfClose: boolean
}

/** One forwarded connection: `data` carries it, `error` says why it failed, and both end with it. Never rejects. */
export async function forwardConnection(
  nodes: Pick<NodeAccess, 'portForward'>, target: { namespace: string; pod: string; port: number }, data: Channel, error: Channel, { gone, halfClose }: ForwardedClient,
): Promise<void> {
  const { namespace, pod, port } = target
  try {
    const remote = await nodes.portForward(namespace, pod, port)
    const abandon = (): void => remote.destroy()
    gone.addEventListener('abort', abandon, { once: true })
    if (gone.aborted) abandon()
    const upload = (async (): Promise<void> => {
      for await (const chunk of data.readable) await remote.write(chunk)
      remote.end()
    })().catch(abandon)
    try {
      for await (const chunk of remote.readable) await data.write(chunk)
      await data.end()
      if (halfClose) await upload
    } finally {
      gone.removeEventListener('abort', abandon)
      remote.destroy()
    }
  } catch (thrown) {
    await error.write(Buffer.from(`port ${port} of pod ${namespace}/${pod} cannot be reached: ${toStatusError(thrown).message}`))
  } finally {
    await Promise.all([data.end(), error.end()])
  }
}
