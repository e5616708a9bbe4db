import { Duplex } from 'node:stream'
import type { ByteStream } from '../../../common/kube/node-access.ts'

/** A byte stream as a Node stream: what Node's HTTP client takes for a connection. */
export function duplexOf(stream: ByteStream): Duplex {
  const chunks = stream.readable[Symbol.asyncIterator]()
  return new Duplex({
    read() {
      chunks.next().then(({ done, value }) => this.push(done === true ? null : value), (error: unknown) => this.destroy(error as Error))
    },
    write(chunk: Buffer, _encoding, done) {
      stream.write(chunk).then(() => done(), done)
    },
    final(done) {
      stream.end()
      done()
    },
    destroy(error, done) {
      stream.destroy()
      done(error)
    },
  })
}
