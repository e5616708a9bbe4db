import { createHash } from 'node:crypto'
import { Transform } from 'node:stream'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'
import type { Header } from 'tar-stream'

/** What a volume holds, as it can be compared between two servers. */
export interface VolumeContent {
  /** Over names, kinds, owners, modes, targets and bytes of all files; not over times, and whatever order they come in. */
  digest: string
  /** Files, folders and links, without the volume's root. */
  entries: number
  /** Of the files' bytes. */
  bytes: number
}

/** Passes a tar archive on as it is, and reads along. `content` resolves at the archive's end, or fails with the stream. */
export function digestTap(onBytes: (bytes: number) => void = () => undefined): { tap: Transform; content: Promise<VolumeContent> } {
  const entries = extract()
  const content = read(entries)
  // Whoever waits for it hears of it.
  content.catch(() => undefined)
  const tap = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onBytes(chunk.length)
      const go = (): void => done(null, chunk)
      if (entries.destroyed) done(new Error('the archive of the volume cannot be read'))
      else if (entries.write(chunk)) go()
      else entries.once('drain', go)
    },
    flush(done) {
      entries.end(undefined)
      content.then(() => done(), (error: unknown) => done(error as Error))
    },
    destroy(error, done) {
      if (error !== null) entries.destroy(error)
      done(error)
    },
  })
  return { tap, content }
}

/** The content of an archive that goes nowhere. */
export async function digestOf(archive: Readable, signal: AbortSignal, onBytes?: (bytes: number) => void): Promise<VolumeContent> {
  const { tap, content } = digestTap(onBytes)
  await pipeline(archive, tap, async (chunks: AsyncIterable<Buffer>) => {
    for await (const _ of chunks) { /* read for its digest only */ }
  }, { signal })
  return content
}

async function read(entries: ReturnType<typeof extract>): Promise<VolumeContent> {
  const all: string[] = []
  let bytes = 0
  for await (const entry of entries) {
    const hash = createHash('sha256')
    for await (const chunk of entry as AsyncIterable<Buffer>) {
      bytes += chunk.length
      hash.update(chunk)
    }
    all.push(line(entry.header, hash.digest('hex')))
  }
  const digest = createHash('sha256')
  for (const one of all.sort()) digest.update(one)
  return { digest: `sha256:${digest.digest('hex')}`, entries: Math.max(0, all.length - 1), bytes }
}

function line({ name, type, mode = 0, uid = 0, gid = 0, linkname, devmajor, devminor }: Header, content: string): string {
  const device = type === 'character-device' || type === 'block-device' ? [devmajor, devminor] : []
  return `${JSON.stringify([name.replace(/\/+$/, ''), type, mode & 0o7777, uid, gid, linkname ?? '', ...device, content])}\n`
}
