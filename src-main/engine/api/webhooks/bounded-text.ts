import type { IncomingMessage } from 'node:http'

/** Nobody makes this server hold more of an answer than this, whatever its headers say. */
const MOST_BYTES = 16 * 1024 * 1024

/** What another server answers, as text. Rejects with what `tooLarge` makes of the limit (bytes) where it is more than this server takes; the connection is ended then. */
export async function boundedText(answer: IncomingMessage, tooLarge: (mostBytes: number) => Error): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST_BYTES) throw tooLarge(MOST_BYTES)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
