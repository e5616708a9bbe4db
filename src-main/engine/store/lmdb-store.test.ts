import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeClock, settle } from '../../common/fake-clock.ts'
import { openStore } from './open.ts'
import type { OpenOptions } from './open.ts'
import type { Change, Store } from './store.ts'
import { ConflictError, EncryptionKeyError, RevisionGoneError, StoreLockedError } from './store.ts'

const me = { user: 'test', action: 'try' }
let dir: string
let clock: FakeClock
let store: Store

function open(more: Partial<OpenOptions> = {}): Promise<Store> {
  return openStore({ dir, clock, encryptionKey: Buffer.alloc(32, 7), ...more })
}
function put(name: string, n: number, ifRevision?: number): Promise<number> {
  return store.commit([{ type: 'put', key: `//configmaps/default/${name}`, value: { n }, ...(ifRevision === undefined ? {} : { ifRevision }) }], me)
}
const values = (s: Store, revision?: number): unknown[] => s.list('//configmaps/', revision === undefined ? {} : { revision }).entries.map((e) => [e.key.slice(21), e.value['n'], e.revision])

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'toque-store-'))
  clock = new FakeClock()
  store = await open()
})
afterEach(async () => {
  await store.close()
  rmSync(dir, { recursive: true, force: true })
})

describe('commits', () => {
  test('a revision each, all or nothing, and only when the conditions hold', async () => {
    expect(await put('a', 1, 0)).toBe(1)
    await expect(put('a', 2, 0)).rejects.toThrow(ConflictError)
    expect(await put('a', 2, 1)).toBe(2)
    const both = store.commit([{ type: 'put', key: '//configmaps/default/b', value: {} }, { type: 'delete', key: '//configmaps/default/a', ifRevision: 1 }], me)
    await expect(both).rejects.toMatchObject({ key: '//configmaps/default/a', current: { revision: 2, createRevision: 1 } })
    expect(values(store)).toEqual([['a', 2, 2]])
    expect(store.revision).toBe(2)
  })

  test('commits of one turn see each other in order, and conflict with each other', async () => {
    const results = await Promise.allSettled([put('a', 1, 0), put('a', 2, 0), put('a', 3, 1), put('b', 1)])
    expect(results.map((r) => (r.status === 'fulfilled' ? r.value : (r.reason as Error).name))).toEqual([1, 'ConflictError', 2, 3])
  })

  test('reads show nothing that is not acknowledged', async () => {
    const written = put('a', 1)
    await Promise.resolve()
    expect([store.revision, store.get('//configmaps/default/a')]).toEqual([0, undefined])
    await written
    expect(store.get('//configmaps/default/a')).toMatchObject({ revision: 1, value: { n: 1 } })
  })

  test('deleting what is not there changes nothing; what comes out is frozen and the same each time', async () => {
    await put('a', 1)
    expect(await store.commit([{ type: 'delete', key: '//nothing' }], me)).toBe(1)
    const entry = store.get('//configmaps/default/a')
    expect(Object.isFrozen(entry?.value)).toBe(true)
    expect(store.list('').entries[0]).toBe(entry)
  })
})

describe('pages', () => {
  test('continue where the last one ended, at its revision', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await put(name, 1)
    const first = store.list('//configmaps/', { limit: 2 })
    expect(first).toMatchObject({ revision: 4, next: '//configmaps/default/c', remaining: 2 })
    await store.commit([{ type: 'delete', key: '//configmaps/default/c' }], me)
    await put('d', 2)
    const second = store.list('//configmaps/', { limit: 2, from: first.next ?? '', revision: first.revision })
    expect(second.entries.map((e) => [e.key.slice(-1), e.value['n']])).toEqual([['c', 1], ['d', 1]])
    expect(second).toMatchObject({ next: undefined, remaining: 0, revision: 4 })
  })
})

describe('watch', () => {
  test('past, then live, each commit whole, before the commit resolves', async () => {
    await put('a', 1)
    await put('a', 2)
    const seen: Change[][] = []
    const stop = store.watch('//configmaps/', 1, (changes) => void seen.push([...changes]))
    expect(seen).toEqual([])
    await store.commit([{ type: 'put', key: '//configmaps/default/b', value: {} }, { type: 'delete', key: '//configmaps/default/a' }], me)
    expect(seen.map((batch) => batch.map((c) => `${c.type} ${c.key.slice(-1)} ${c.revision} was ${String(c.previous?.revision)}`))).toEqual([
      ['put a 2 was 1'], ['put b 3 was undefined', 'delete a 3 was 2'],
    ])
    stop()
    await put('c', 1)
    expect(seen).toHaveLength(2)
  })

  test('ends with RevisionGone where the past is compacted, and in the future', async () => {
    await store.close()
    store = await open({ retention: { revisions: 3 } })
    for (let n = 1; n <= 10; n++) await put('a', n)
    expect(store.compactedRevision).toBe(7)
    expect(() => store.watch('', 6, () => undefined)).toThrow(RevisionGoneError)
    expect(() => store.list('', { revision: 6 })).toThrow(RevisionGoneError)
    expect(() => store.watch('', 11, () => undefined)).toThrow(RevisionGoneError)
    expect(values(store, 7)).toEqual([['a', 7, 7]])
  })

  test('age compacts too', async () => {
    await store.close()
    store = await open({ retention: { revisionsAge: 1000 } })
    await put('a', 1)
    await put('a', 2)
    await clock.advance(1500)
    await put('a', 3)
    await put('a', 4)
    expect(store.compactedRevision).toBe(2)
  })
})

describe('journal', () => {
  test('says who changed what, when, from what to what, newest first', async () => {
    await put('a', 1)
    await clock.advance(1000)
    await store.commit([{ type: 'put', key: '//configmaps/default/a', value: { n: 2 } }], { user: 'eve', action: 'edit' })
    await store.commit([{ type: 'delete', key: '//configmaps/default/a' }], me)
    const start = Date.UTC(2026, 0, 1)
    expect(await store.history({ key: '//configmaps/default/a', limit: 10 })).toEqual([
      { revision: 3, time: start + 1000, author: me, key: '//configmaps/default/a', before: { n: 2 }, after: undefined },
      { revision: 2, time: start + 1000, author: { user: 'eve', action: 'edit' }, key: '//configmaps/default/a', before: { n: 1 }, after: { n: 2 } },
      { revision: 1, time: start, author: me, key: '//configmaps/default/a', before: undefined, after: { n: 1 } },
    ])
    expect((await store.history({ limit: 1, before: 3 })).map((r) => r.revision)).toEqual([2])
  })

  test('is bounded, keeps the `before` of its oldest record, and forgets transient keys first', async () => {
    await store.close()
    store = await open({ retention: { revisions: 1, journal: 4 } })
    for (let n = 1; n <= 10; n++) {
      await put('a', n)
      await store.commit([{ type: 'put', key: '//events/default/e', value: { n } }], me)
    }
    const kept = await store.history({ limit: 100 })
    expect(kept.filter((r) => r.key === '//events/default/e').length).toBeLessThanOrEqual(2)
    const mine = await store.history({ key: '//configmaps/default/a', limit: 100 })
    expect(mine.map((r) => [r.before?.['n'], r.after?.['n']])).toEqual([[9, 10], [8, 9], [7, 8]])
  })
})

describe('the data directory', () => {
  test('holds everything after closing', async () => {
    await put('a', 1)
    await put('b', 1)
    await store.commit([{ type: 'delete', key: '//configmaps/default/a' }], me)
    await store.close()
    store = await open()
    expect([store.revision, values(store), values(store, 2)]).toEqual([3, [['b', 1, 2]], [['a', 1, 1], ['b', 1, 2]]])
  })

  test('belongs to one engine at a time; the refusal says to whom', async () => {
    await expect(open()).rejects.toThrow(StoreLockedError)
    await expect(open()).rejects.toThrow(new RegExp(`in use by another Toque engine: process ${process.pid} .* Quit that one`))
  })

  test('has no secret in plain, not even in its journal, and opens with the right key only', async () => {
    const key = '//secrets/default/s'
    await store.commit([{ type: 'put', key, value: { data: { password: 'hunter2hunter2' } } }], me)
    await store.commit([{ type: 'put', key, value: { data: { password: 'correct-horse' } } }], me)
    await store.close()
    const bytes = readFileSync(join(dir, 'store.mdb'), 'latin1')
    expect([bytes.includes(key.slice(2, 9)), bytes.includes('hunter2'), bytes.includes('correct-horse')]).toEqual([true, false, false])
    await expect(open({ encryptionKey: Buffer.alloc(32, 8) })).rejects.toThrow(EncryptionKeyError)
    store = await open()
    expect((await store.history({ key, limit: 1 }))[0]).toMatchObject({ before: { data: { password: 'hunter2hunter2' } }, after: { data: { password: 'correct-horse' } } })
    await settle()
  })
})
