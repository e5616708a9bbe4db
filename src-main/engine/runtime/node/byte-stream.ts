import type { Duplex } from 'node:stream'
import type { ByteStream } from '../../../common/kube/node-access.ts'
import { writer } from '../../../hosts/multiplexed.ts'

/** A Node stream as a ByteStream. */
export function byteStream(stream: Duplex): ByteStream {
  stream.on('error', () => undefined)
  return {
    readable: stream as AsyncIterable<Uint8Array>,
    write: writer(stream),
    end: () => { stream.end() },
    destroy: () => { stream.destroy() },
  }
}
