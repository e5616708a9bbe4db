import { isDeepStrictEqual } from 'node:util'
import { seededRandom } from '../../../common/seeded-random.ts'
import type { Key, Store, Write } from '../store.ts'

/** The key that every store of a crash test is encrypted with. */
export const CRASH_KEY = Buffer.alloc(32, 3)
const COUNTER = '//configmaps/crash/counter'

/**
 * The commit that makes revision `revision` of a crash test's store: always the same for a seed, so that what a store must hold at a
 * revision can be told without having seen the writer. Small and large values, secrets, deletes.
 */
export function writesFor(seed: number, revision: number): Write[] {
  const next = seededRandom(seed * 1_000_003 + revision)
  const writes = new Map<Key, Write>([[COUNTER, { type: 'put', key: COUNTER, value: { revision } }]])
  const more = Math.floor(next() * 4)
  for (let i = 0; i < more; i++) {
    const key = `//${next() < 0.3 ? 'secrets' : 'configmaps'}/crash/object-${Math.floor(next() * 12)}`
    const value = { revision, i, filler: 'x'.repeat(Math.floor(next() ** 3 * 12_000)) }
    writes.set(key, next() < 0.25 ? { type: 'delete', key } : { type: 'put', key, value })
  }
  return [...writes.values()]
}

/** What is wrong with a store that should hold exactly the commits up to its own revision, and at least up to `acknowledged`; undefined when nothing is. */
export async function faultOf(store: Store, seed: number, acknowledged: number): Promise<string | undefined> {
  if (store.revision < acknowledged) return `revision ${acknowledged} was acknowledged, but the store is at ${store.revision}`
  const expected = new Map<Key, unknown>()
  for (let revision = 1; revision <= store.revision; revision++) {
    for (const write of writesFor(seed, revision)) {
      if (write.type === 'put') expected.set(write.key, write.value)
      else expected.delete(write.key)
    }
  }
  const entries = store.list('').entries
  for (const { key, value } of entries) if (!isDeepStrictEqual(value, expected.get(key))) return `${key} is not what revision ${store.revision} holds`
  if (entries.length !== expected.size) return `${entries.length} entries instead of ${expected.size} at revision ${store.revision}`
  for (const record of await store.history({ limit: 50 })) {
    const write = writesFor(seed, record.revision).find((w) => w.key === record.key)
    if (!isDeepStrictEqual(record.after, write?.type === 'put' ? write.value : undefined)) return `the journal is wrong about ${record.key} at revision ${record.revision}`
  }
  return undefined
}
