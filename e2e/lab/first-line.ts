import type { Readable } from 'node:stream'

/** The first line of a stream, without its end; rejects when the stream ends or fails before it. */
export function firstLine(stream: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string) => {
      text += chunk
      const end = text.indexOf('\n')
      if (end >= 0) resolve(text.slice(0, end))
    })
    stream.once('error', reject)
    stream.once('close', () => reject(new Error('ended without an answer')))
  })
}
