import { Duplex } from 'node:stream'
import type { ByteStream } from '../../../common/kube/node-access.ts'

/** A connection to a pod as Node's TLS takes it. */
export function duplexOf(stream: ByteStream): Duplex {
  const chunks = stream.readable[Symbol.asyncIterator]()
  const duplex: Duplex = new Duplex({
    read() {
      chunks.next().then(({ done, value }) => duplex.push(done === true ? null : Buffer.from(value)), (error: unknown) => duplex.destroy(error as Error))
    },
    write(chunk: Buffer, _encoding, callback) {
      stream.write(chunk).then(() => callback(), callback)
    },
    final(callback) {
      stream.end()
      callback()
    },
    destroy(error, callback) {
      stream.destroy()
      callback(error)
    },
  })
  return duplex
}
