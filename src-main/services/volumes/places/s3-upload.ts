import type { Readable } from 'node:stream'
import type { S3Bucket } from './s3-bucket.ts'
import { textOf } from './s3-bucket.ts'

const MIB = 1 << 20
/** S3 takes 10,000 parts: they grow, so that none is large in memory before the object is. */
const FIRST_PART = 8 * MIB
const PARTS_OF_A_SIZE = 2000
/** Giving an upload up is tried for so long, also by who was told to stop. */
const GIVE_UP_MS = 10_000

/** How large a part is, from 0: 8 MiB, then twice that after each 2000, which comes to 500 GB. Pure. */
export function partSize(index: number): number {
  return FIRST_PART * 2 ** Math.floor(index / PARTS_OF_A_SIZE)
}

/**
 * Puts a stream of unknown length under a key, in parts, holding one in memory. The object is there only when all of it is; what fails leaves nothing but, where
 * not even giving up gets through, parts that the bucket's own rules take away.
 */
export async function upload(bucket: S3Bucket, key: string, source: Readable, signal: AbortSignal): Promise<void> {
  let begun: string | undefined
  const tags: string[] = []
  try {
    for await (const { bytes, last } of parts(source)) {
      signal.throwIfAborted()
      // What fits into one part needs no more than one request.
      if (begun === undefined && last) return void await (await bucket.ask('PUT', key, { body: bytes, signal })).arrayBuffer()
      begun ??= await begin(bucket, key, signal)
      const response = await bucket.ask('PUT', key, { query: { partNumber: String(tags.length + 1), uploadId: begun }, body: bytes, signal })
      await response.arrayBuffer()
      tags.push(response.headers.get('etag') ?? '')
    }
    await complete(bucket, key, begun ?? '', tags, signal)
  } catch (error) {
    if (begun !== undefined) await bucket.ask('DELETE', key, { query: { uploadId: begun }, signal: AbortSignal.timeout(GIVE_UP_MS) }).catch(() => undefined)
    throw error
  }
}

async function begin(bucket: S3Bucket, key: string, signal: AbortSignal): Promise<string> {
  const id = textOf(await (await bucket.ask('POST', key, { query: { uploads: '' }, signal })).text(), 'UploadId')
  if (id === undefined) throw new Error('the S3 service began no upload: is it one?')
  return id
}

async function complete(bucket: S3Bucket, key: string, uploadId: string, tags: readonly string[], signal: AbortSignal): Promise<void> {
  const list = tags.map((tag, i) => `<Part><PartNumber>${String(i + 1)}</PartNumber><ETag>${tag.replaceAll('"', '&quot;')}</ETag></Part>`).join('')
  const body = new TextEncoder().encode(`<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`)
  const text = await (await bucket.ask('POST', key, { query: { uploadId }, body, signal })).text()
  // It may fail after it has said 200.
  if (text.includes('<Error>')) throw bucket.refusal(500, text)
}

/** A stream in parts, each in the same memory as the one before; the last one, which may be empty, says so. */
async function* parts(source: Readable): AsyncGenerator<{ bytes: Uint8Array<ArrayBuffer>; last: boolean }> {
  let part = new Uint8Array(FIRST_PART)
  let held = 0
  let index = 0
  for await (const chunk of source as AsyncIterable<Buffer>) {
    for (let taken = 0; taken < chunk.length;) {
      if (held === part.length) {
        yield { bytes: part, last: false }
        const size = partSize(++index)
        if (size !== part.length) part = new Uint8Array(size)
        held = 0
      }
      const more = chunk.subarray(taken, taken + part.length - held)
      part.set(more, held)
      held += more.length
      taken += more.length
    }
  }
  yield { bytes: part.subarray(0, held), last: true }
}
