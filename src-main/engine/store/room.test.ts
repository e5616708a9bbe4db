import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FakeClock } from '../../common/fake-clock.ts'
import { DATA_FILE } from './disk.ts'
import { openStore } from './open.ts'
import { lengthen, lengthFor } from './room.ts'

test('a file is made longer by zeros, and never shorter', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'toque-room-'))
  const path = join(dir, 'file')
  await writeFile(path, 'begins')
  await lengthen(path, 600_000)
  expect((await readFile(path)).equals(Buffer.concat([Buffer.from('begins'), Buffer.alloc(600_000 - 6)]))).toBe(true)
  await lengthen(path, 10)
  expect((await stat(path)).size).toBe(600_000)
  await rm(dir, { recursive: true })
})

// Were it too short, a full disk would be LMDB's to find, and the end of the process.
test('whatever is committed, LMDB finds the room made for it: it never makes the file longer itself', async () => {
  const commits = fc.array(fc.array(fc.record({ key: fc.integer({ min: 0, max: 60 }), size: fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 80_000 })), remove: fc.boolean() }), { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 25 })
  await fc.assert(fc.asyncProperty(commits, async (all) => {
    const dir = await mkdtemp(join(tmpdir(), 'toque-room-'))
    const store = await openStore({ dir, clock: new FakeClock(), encryptionKey: Buffer.alloc(32, 1), retention: { revisions: 50, journal: 50 }, sync: false })
    try {
      // Deletes of what is not there write nothing.
      await store.commit([{ type: 'put', key: '//configmaps/a/first', value: {} }], { user: 'test' })
      for (const writes of all) {
        await Promise.all(writes.map(({ key, size, remove }) => store.commit([remove ? { type: 'delete', key: `//configmaps/a/${String(key)}` } : { type: 'put', key: `//configmaps/a/${String(key)}`, value: { filler: 'x'.repeat(size) } }], { user: 'test' })))
        expect((await stat(join(dir, DATA_FILE))).size % (256 << 10)).toBe(0)
      }
    } finally {
      await store.close()
      await rm(dir, { recursive: true })
    }
  }), { numRuns: 25 })
})

test('a small commit takes a small step, a great one what it needs', () => {
  expect(lengthFor(20_480, 4096, { count: 1, bytes: 500 })).toBe(256 << 10)
  expect(lengthFor(20_480, 4096, { count: 1, bytes: 1 << 20 })).toBeGreaterThan(2 << 20)
  expect(lengthFor(1 << 30, 4096, { count: 1000, bytes: 1 << 20 }) - (1 << 30)).toBeLessThan(64 << 20)
})
