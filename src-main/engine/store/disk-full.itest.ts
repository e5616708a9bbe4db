import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeClock } from '../../common/fake-clock.ts'
import { openStore } from './open.ts'
import type { Store } from './store.ts'
import { StorageError } from './store.ts'

// A file system of 2 MiB, really full.
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'toque-full-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'toque-full', dir])
})
afterEach(() => {
  execFileSync('umount', ['--lazy', dir])
  rmSync(dir, { recursive: true })
})

const open = (): Promise<Store> => openStore({ dir: join(dir, 'data'), clock: new FakeClock(), encryptionKey: Buffer.alloc(32, 1) })
const put = (store: Store, i: number): Promise<number> => store.commit([{ type: 'put', key: `//configmaps/a/${i}`, value: { i, filler: 'x'.repeat(20_000) } }], { user: 'test' })

test('a full disk is said, half-writes nothing, stays readable, and takes writes again when there is room', async () => {
  let store = await open()
  let written = 0
  const error = await (async (): Promise<unknown> => {
    for (;;) {
      try {
        await put(store, written + 1)
        written += 1
      } catch (thrown) {
        return thrown
      }
    }
  })()
  expect(written).toBeGreaterThan(20)
  expect(error).toBeInstanceOf(StorageError)
  expect(error).toMatchObject({ reason: 'DiskFull', message: `The disk that holds ${join(dir, 'data')} is full. Nothing was changed; make room there and try again.` })

  const several = await Promise.allSettled([put(store, 1000), put(store, 1001), put(store, 1002)])
  expect(several.map((r) => r.status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect([store.revision, store.list('').entries.length, (await store.history({ limit: 1000 })).length]).toEqual([written, written, written])

  execFileSync('mount', ['-o', 'remount,size=8m', dir])
  expect(await put(store, written + 1)).toBe(written + 1)
  await store.close()
  store = await open()
  expect(store.list('').entries.map((e) => e.value['i']).sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: written + 1 }, (_, i) => i + 1))
  await store.close()
})

test('however often a full disk is met, the process lives', async () => {
  const store = await open()
  const put = (i: number, size: number): Promise<number> => store.commit([{ type: 'put', key: `//configmaps/a/${i % 150}`, value: { i, filler: 'x'.repeat(size) } }], { user: 'test' })
  let failed = 0
  // Values of all sizes, some together: pages come free everywhere in the file.
  for (let k = 0, i = 0; failed < 1500; k++) {
    const ends = await Promise.allSettled(Array.from({ length: 1 + (k % 9) }, () => put(++i, 300 + ((k * 137) % 2500))))
    failed += ends.filter(({ status }) => status === 'rejected').length
  }
  expect(store.list('').entries).toHaveLength(150)
  // Nor is what is small let in where there is no room for what comes next.
  await expect(store.commit([{ type: 'delete', key: '//configmaps/a/1' }], { user: 'test' })).rejects.toMatchObject({ reason: 'DiskFull' })
  await store.close()
})
