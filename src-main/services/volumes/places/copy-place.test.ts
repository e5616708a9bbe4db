import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../../common/clock.ts'
import type { Clock } from '../../../common/clock.ts'
import type { S3Target } from '../../../common/kube/volume-copies.ts'
import { FakeFiles } from '../testing/fake-files.ts'
import { breakingWay, S3_LOGIN, S3Server } from '../testing/s3-server.ts'
import { tarball } from '../testing/tarball.ts'
import { contentAt } from './copy-place.ts'
import type { CopyAbout, CopyPlace } from './copy-place.ts'
import { folderPlace, listSaved } from './folder-place.ts'
import { S3Bucket } from './s3-bucket.ts'
import { s3Sentence } from './s3-errors.ts'
import { s3Place } from './s3-place.ts'
import { partSize } from './s3-upload.ts'
import { serverPlace } from './server-place.ts'

const FILE = 'default_data_2026-01-01T10-00-00Z.tar.gz'
/** Pauses between tries are short. */
const clock: Clock = { ...systemClock, setTimeout: (fn, ms) => systemClock.setTimeout(fn, ms / 100) }
const never = new AbortController().signal
const about: CopyAbout = { file: FILE, claim: { namespace: 'default', name: 'data' }, createdAt: '2026-01-01T10:00:00Z', size: '1Gi', bytes: 8, entries: 1, digest: 'sha256:x', hold: 'Freeze' }
let s3: S3Server
let folder: string
let files: FakeFiles
beforeAll(async () => {
  s3 = await S3Server.start()
})
afterAll(() => s3.stop())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toque-place-'))
  files = new FakeFiles()
})
afterEach(() => rm(folder, { recursive: true }))

const bucket = (target: S3Target = s3.target, login = S3_LOGIN): CopyPlace => s3Place(target, new S3Bucket(target, login, clock))
const objects = (): Promise<string[]> => s3.objects()
const write = (place: CopyPlace, bytes: Buffer, file = FILE): Promise<void> => place.write(file, Readable.from([bytes]), never)

describe.each<[string, () => CopyPlace, () => Promise<readonly string[]>]>([
  ['a folder', () => folderPlace(folder), () => readdir(folder)],
  ['an S3 bucket', () => bucket(), objects],
  ['another server', () => serverPlace('b', files), () => Promise.resolve([...files.volumes.keys()])],
])('%s', (_, make, left) => {
  test('keeps a copy as it came, says what it is only when it is finished, and takes it away without a trace', async () => {
    const place = make()
    const bytes = await tarball({ a: 'precious', b: randomBytes(300_000) })
    await write(place, bytes)
    await expect(place.about(FILE, never)).rejects.toThrow('is not a saved volume')
    let read = 0
    const content = await contentAt(place, FILE, (n) => (read += n), never)
    expect([content.entries, content.bytes, read]).toEqual([2, 300_008, bytes.length])
    await place.finish(about, never)
    expect(await place.about(FILE, never)).toEqual(about)
    expect(await contentAt(place, FILE, () => undefined, never)).toEqual(content)
    expect(await left()).toHaveLength(2)
    await place.remove(FILE, never)
    expect(await left()).toEqual([])
    await place.remove(FILE, never)
    await expect(place.about(FILE, never)).rejects.toThrow('is not a saved volume')
  })

  test('an archive that breaks off, or is given up, is no copy; what was begun can be taken away', async () => {
    const place = make()
    const bytes = await tarball({ a: randomBytes(100_000) })
    const broken = Readable.from((async function* () {
      yield bytes.subarray(0, 5000)
      await Promise.resolve()
      throw new Error('the disk is broken')
    })())
    await expect(place.write(FILE, broken, never)).rejects.toThrow(/the disk is broken/)
    const abort = new AbortController()
    const slow = Readable.from((async function* () {
      yield bytes.subarray(0, 5000)
      abort.abort(new Error('given up'))
      await Promise.resolve()
      yield bytes.subarray(5000)
    })())
    await place.remove(FILE, never)
    await expect(place.write(FILE, slow, abort.signal)).rejects.toThrow()
    await expect(place.about(FILE, never)).rejects.toThrow('is not a saved volume')
    await place.remove(FILE, never)
    expect(await left()).toEqual([])
  })

  test('a name leads nowhere else', async () => {
    for (const file of ['../x.tar.gz', 'x', 'a\\b.tar.gz']) await expect((async () => make().about(file, never))()).rejects.toThrow('is not the name of a saved volume')
  })
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
/** Bytes of buffers that somebody holds; what is collected is freed beside. */
async function heldBytes(): Promise<number> {
  for (let i = 0; i < 2; i++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return process.memoryUsage().arrayBuffers
}

describe('an S3 service that says no', () => {
  const small = (): Promise<Buffer> => tarball({ a: 'x' })
  test.each<[string, () => CopyPlace, RegExp]>([
    // s3rver does not check the signature itself.
    ['unknown keys', () => bucket(s3.target, { accessKeyId: 'nobody', secretAccessKey: 'wrong-and-secret' }), /does not accept the keys in the Secret "s3" .*correct accessKeyId/],
    ['no such bucket', () => bucket({ ...s3.target, bucket: 'not-there' }), /has no bucket "not-there": make it, or correct the name\./],
    ['nobody there', () => bucket({ ...s3.target, endpoint: 'http://127.0.0.1:9' }), /127\.0\.0\.1:9 is not reached/],
  ])('%s: a sentence, without the keys', async (_, make, sentence) => {
    const failure = await write(make(), await small()).catch((error: Error) => error)
    expect(failure).toBeInstanceOf(Error)
    expect(String((failure as Error).message)).toMatch(sentence)
    expect(String((failure as Error).stack)).not.toMatch(/wrong-and-secret/)
    expect(await objects()).toEqual([])
  })

  test('the connection is cut in the middle of a large object: a sentence, and nothing is there', async () => {
    const way = await breakingWay(s3.port, { toServer: 10 << 20 })
    try {
      const place = bucket({ ...s3.target, endpoint: `http://127.0.0.1:${String(way.port)}` })
      await expect(write(place, await tarball({ a: randomBytes(20 << 20) }))).rejects.toThrow(/is not reached: the connection was cut/)
      expect(await objects()).toEqual([])
    } finally {
      way.close()
    }
  })

  test('the connection is cut while a copy is read: it does not pass for the whole', async () => {
    await write(bucket(), await tarball({ a: randomBytes(3 << 20) }))
    const way = await breakingWay(s3.port, { fromServer: 1 << 20 })
    try {
      await expect(contentAt(bucket({ ...s3.target, endpoint: `http://127.0.0.1:${String(way.port)}` }), FILE, () => undefined, never)).rejects.toThrow(/the connection was cut|is not reached/)
    } finally {
      way.close()
      await bucket().remove(FILE, never)
    }
  })

  test('of several parts: the same again, with no more in memory than a few of them', async () => {
    const place = bucket()
    // Cannot be made smaller, and comes in pieces of no round size.
    const size = 64 << 20
    const noise = randomBytes(1 << 20)
    const before = await heldBytes()
    let most = 0
    const tar = Readable.from((async function* () {
      const header = Buffer.alloc(512)
      header.write('data/big')
      header.write('0000644\0', 100)
      header.write('0000000\0', 108)
      header.write('0000000\0', 116)
      header.write(`${size.toString(8).padStart(11, '0')} `, 124)
      header.write('00000000000 ', 136)
      header.write('        ', 148)
      header.write('0', 156)
      header.write('ustar\0' + '00', 257)
      header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148)
      yield header
      for (let i = 0; i < size / noise.length; i++) {
        noise.writeUInt32BE(i, 0)
        yield Buffer.from(noise)
        if (i % 8 === 7) most = Math.max(most, await heldBytes() - before)
      }
      yield Buffer.alloc(1024)
    })())
    await place.write(FILE, tar, never)
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThan(32 << 20)
    expect(await contentAt(place, FILE, () => undefined, never)).toMatchObject({ bytes: size })
    await place.remove(FILE, never)
  })

  test('a full bucket, and what is beside the point', () => {
    expect(s3Sentence(s3.target, 507, '', '')).toContain('has no room')
    expect(s3Sentence(s3.target, 400, 'QuotaExceeded', 'too much')).toContain('The bucket "copies"')
    expect(s3Sentence(s3.target, 403, 'SignatureDoesNotMatch', '')).toContain('does not accept the keys in the Secret "s3"')
    expect(s3Sentence(s3.target, 403, 'AccessDenied', 'no')).toContain('give them the right to list, read, write and delete there')
    expect(s3Sentence(s3.target, 418, '', '')).toContain('HTTP 418')
    expect([partSize(0), partSize(1999), partSize(2000)]).toEqual([8 << 20, 8 << 20, 16 << 20])
    expect(Array.from({ length: 10_000 }, (_, i) => partSize(i)).reduce((a, b) => a + b, 0)).toBeGreaterThan(480e9)
    expect(() => new S3Bucket({ ...s3.target, endpoint: 'minio:9000' }, S3_LOGIN, clock)).toThrow('is not an S3 endpoint')
  })
})

test('a folder that cannot be written says why; a file that is no copy is not listed', async () => {
  await writeFile(join(folder, 'file'), '')
  await expect(write(folderPlace(join(folder, 'file')), Buffer.alloc(0))).rejects.toThrow(/could not be written/)
  expect(() => folderPlace('relative')).toThrow('whole path')
  await write(folderPlace(folder), await tarball({ a: 'x' }))
  expect(await listSaved(folder)).toEqual([])
  await folderPlace(folder).finish(about, never)
  expect(await listSaved(folder)).toEqual([{ folder, ...about }])
})
