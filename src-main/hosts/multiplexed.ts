import { PassThrough } from 'node:stream'
import type { Duplex } from 'node:stream'

const HEADER = 8
const STDERR = 2

/** Frames of Docker's multiplexed stream: which output, and its bytes. Chunk boundaries of the source do not matter. */
export async function* frames(source: AsyncIterable<Buffer>): AsyncGenerator<{ stderr: boolean; payload: Buffer }> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of source) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= HEADER) {
      const end = HEADER + rest.readUInt32BE(4)
      if (rest.length < end) break
      yield { stderr: rest[0] === STDERR, payload: rest.subarray(HEADER, end) }
      rest = rest.subarray(end)
    }
  }
}

/** Both outputs as one. */
export async function* onlyPayload(source: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  for await (const { payload } of frames(source)) yield payload
}

/** The two outputs of a session apart, each with backpressure; `ended` resolves when Docker closes the stream. */
export function demultiplexed(stream: Duplex, tty: boolean): { stdout: PassThrough; stderr: PassThrough; ended: Promise<void> } {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  // Also before and after it is read: an unheard error would end the process.
  stream.on('error', () => undefined)
  const pump = async (): Promise<void> => {
    try {
      const source: AsyncIterable<{ stderr: boolean; payload: Buffer }> = tty ? raw(stream) : frames(stream as AsyncIterable<Buffer>)
      for await (const frame of source) await writer(frame.stderr ? stderr : stdout)(frame.payload)
    } catch {
      // The connection broke or the caller destroyed it: the outputs end here, the exit code tells the rest.
    }
    stdout.end()
    stderr.end()
  }
  return { stdout, stderr, ended: pump() }
}

async function* raw(stream: Duplex): AsyncGenerator<{ stderr: boolean; payload: Buffer }> {
  for await (const payload of stream as AsyncIterable<Buffer>) yield { stderr: false, payload }
}

/** Writes that resolve when there is room for more; a write to a closed stream resolves and is lost. */
export function writer(stream: NodeJS.WritableStream & { destroyed?: boolean }): (chunk: Uint8Array) => Promise<void> {
  return (chunk) => new Promise((resolve) => {
    if (stream.destroyed === true || !stream.writable) return resolve()
    if (stream.write(chunk)) return resolve()
    const done = (): void => {
      stream.off('drain', done)
      stream.off('close', done)
      stream.off('error', done)
      resolve()
    }
    stream.once('drain', done)
    stream.once('close', done)
    stream.once('error', done)
  })
}
