import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import fc from 'fast-check'
import { pack } from 'tar-stream'
import { describe, expect, test } from 'vitest'
import { digestOf, digestTap } from './content-digest.ts'

interface File { name: string; content: string; mode: number; uid: number; link?: string }

async function archive(files: readonly File[], mtime = new Date(0)): Promise<Buffer> {
  const tar = pack()
  tar.entry({ name: 'data/', type: 'directory', mode: 0o755 })
  for (const { name, content, mode, uid, link } of files) {
    const header = { name: `data/${name}`, mode, uid, mtime }
    if (link === undefined) tar.entry({ ...header, type: 'file' }, content)
    else tar.entry({ ...header, type: 'symlink', linkname: link })
  }
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
const never = new AbortController().signal
const digest = async (files: readonly File[], mtime?: Date): Promise<string> => (await digestOf(Readable.from([await archive(files, mtime)]), never)).digest
const file = (name: string, content = 'x', more: Partial<File> = {}): File => ({ name, content, mode: 0o644, uid: 0, ...more })

describe('what is in a volume', () => {
  const files = [file('a'), file('b', 'yy'), file('c', '', { link: 'a' })]
  test('is counted, whatever order and times it has', async () => {
    expect(await digestOf(Readable.from([await archive(files)]), never)).toMatchObject({ entries: 3, bytes: 3 })
    expect(await digest([...files].reverse(), new Date(1e12))).toBe(await digest(files))
  })
  test.each<[string, readonly File[]]>([
    ['a byte', [file('a', 'z'), ...files.slice(1)]], ['a name', [file('aa'), ...files.slice(1)]], ['a mode', [file('a', 'x', { mode: 0o600 }), ...files.slice(1)]], ['an owner', [file('a', 'x', { uid: 1 }), ...files.slice(1)]],
    ['a link', [...files.slice(0, 2), file('c', '', { link: 'b' })]], ['a file too few', files.slice(1)], ['a file too many', [...files, file('d')]],
  ])('differs by %s', async (_, others) => expect(await digest(others)).not.toBe(await digest(files)))
})

test('the bytes are passed on as they came, in chunks of any size, to a slow reader too', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.string({ maxLength: 2000 }), { maxLength: 5 }), fc.integer({ min: 1, max: 3000 }), async (contents, size) => {
    const bytes = await archive(contents.map((content, i) => file(`f${String(i)}`, content)))
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
    let told = 0
    const { tap, content } = digestTap((n) => (told += n))
    const got: Buffer[] = []
    await pipeline(Readable.from(chunks), tap, new Writable({ highWaterMark: 16, write: (chunk: Buffer, _, done) => { got.push(chunk); setImmediate(done) } }))
    expect(Buffer.concat(got).equals(bytes)).toBe(true)
    expect([told, (await content).entries]).toEqual([bytes.length, contents.length])
  }), { numRuns: 30 })
})

test.each([['cut off', 700], ['no archive at all', 0]] as const)('an archive that is %s fails, and holds nobody', async (_, at) => {
  const bytes = at === 0 ? Buffer.alloc(2048, 7) : (await archive([file('a', 'y'.repeat(5000))])).subarray(0, at + 1024)
  await expect(digestOf(Readable.from([bytes]), never)).rejects.toThrow()
})
