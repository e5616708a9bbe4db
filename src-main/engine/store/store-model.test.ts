import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FakeClock } from '../../common/fake-clock.ts'
import { openStore } from './open.ts'
import type { Change, Key, Store, Write } from './store.ts'
import { ConflictError, RevisionGoneError } from './store.ts'

// The store against a model that is nothing but maps: one map of the present per revision, and a list of changes.

const KEYS = ['//configmaps/a/x', '//configmaps/a/y', '//configmaps/b/x', '//secrets/a/x', '/apps/deployments/a/x']
const PREFIXES = ['', '//configmaps/', '//configmaps/a/', '//secrets/', '/apps/deployments/b/']
type Present = Map<Key, { n: number; revision: number; createRevision: number }>

class Model {
  revision = 0
  states: Present[] = [new Map()]
  changes: { type: string; key: Key; revision: number; n: number; previous: number | undefined }[] = []

  present(revision = this.revision): Present {
    return this.states[revision] as Present
  }

  /** The revision, or the key that conflicts. */
  commit(writes: readonly Write[]): number | Key {
    const refused = writes.find((w) => w.ifRevision !== undefined && w.ifRevision !== (this.present().get(w.key)?.revision ?? 0))
    if (refused) return refused.key
    const effective = writes.filter((w) => w.type === 'put' || this.present().has(w.key))
    if (effective.length === 0) return this.revision
    const next = new Map(this.present())
    this.revision += 1
    for (const w of effective) {
      const old = next.get(w.key)
      const n = w.type === 'put' ? (w.value['n'] as number) : (old?.n ?? 0)
      this.changes.push({ type: w.type, key: w.key, revision: this.revision, n, previous: old?.revision })
      if (w.type === 'put') next.set(w.key, { n, revision: this.revision, createRevision: old?.createRevision ?? this.revision })
      else next.delete(w.key)
    }
    this.states.push(next)
    return this.revision
  }

  list(prefix: string, revision?: number): unknown[] {
    return [...this.present(revision)].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, e]) => ({ key, ...e }))
  }
}

const write = fc.record({ key: fc.constantFrom(...KEYS), remove: fc.boolean(), condition: fc.constantFrom('none', 'none', 'right', 'right', 'absent', 'stale') })
const commit = fc.uniqueArray(write, { selector: (w) => w.key, minLength: 1, maxLength: 3 })
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('commit' as const), commits: fc.array(commit, { minLength: 1, maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('watch' as const), prefix: fc.constantFrom(...PREFIXES), back: fc.nat(8) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('list' as const), prefix: fc.constantFrom(...PREFIXES), back: fc.nat(8), limit: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
)

function writesOf(model: Model, drawn: { key: Key; remove: boolean; condition: string }[], n: number): Write[] {
  return drawn.map(({ key, remove, condition }) => {
    const revision = model.present().get(key)?.revision ?? 0
    const ifRevision = condition === 'right' ? revision : condition === 'absent' ? 0 : revision + 1
    const guard = condition === 'none' ? {} : { ifRevision }
    return remove ? { type: 'delete', key, ...guard } : { type: 'put', key, value: { n }, ...guard }
  })
}

function pages(store: Store, prefix: string, revision: number, limit: number): unknown[] {
  const all: unknown[] = []
  for (let from: Key | undefined = '', first = true; from !== undefined; first = false) {
    const page = store.list(prefix, { revision, limit, ...(first ? {} : { from }) })
    expect(page.entries.length).toBeLessThanOrEqual(limit)
    expect(page.remaining === 0).toBe(page.next === undefined)
    all.push(...page.entries.map(({ key, value, ...rest }) => ({ key, n: value['n'], ...rest })))
    from = page.next
  }
  return all
}

test('any mix of commits, conflicts, watches, lists of the past and reopenings behaves as the model', async () => {
  const runs = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), fc.constantFrom(3, 10, 1000), async (steps, kept) => {
    const dir = mkdtempSync(join(tmpdir(), 'toque-model-'))
    const open = (): Promise<Store> => openStore({ dir, clock: new FakeClock(), encryptionKey: Buffer.alloc(32, 1), retention: { revisions: kept, journal: kept } })
    const model = new Model()
    let store = await open()
    let watches: { prefix: string; after: number; seen: Change[] }[] = []
    let n = 0
    const checkWatches = async (): Promise<void> => {
      await Promise.resolve() // the past is told in a microtask
      for (const { prefix, after, seen } of watches) {
        const due = model.changes.filter((c) => c.revision > after && c.key.startsWith(prefix))
        expect(seen.map((c) => ({ type: c.type, key: c.key, revision: c.revision, n: c.entry.value['n'], previous: c.previous?.revision }))).toEqual(due)
      }
    }
    try {
      for (const s of steps) {
        if (s.do === 'commit') {
          const asked = s.commits.map((drawn) => {
            const writes = writesOf(model, drawn, n++)
            return { promise: store.commit(writes, { user: 'model' }), expected: model.commit(writes) }
          })
          for (const { promise, expected } of asked) {
            if (typeof expected === 'number') expect(await promise).toBe(expected)
            else await expect(promise).rejects.toThrow(new ConflictError(expected, undefined).message)
          }
        } else if (s.do === 'reopen') {
          await checkWatches()
          watches = []
          await store.close()
          store = await open()
        } else {
          const revision = Math.max(0, model.revision - s.back)
          if (revision < store.compactedRevision) {
            expect(() => (s.do === 'watch' ? store.watch(s.prefix, revision, () => undefined) : store.list(s.prefix, { revision }))).toThrow(RevisionGoneError)
          } else if (s.do === 'watch') {
            const seen: Change[] = []
            store.watch(s.prefix, revision, (changes) => void seen.push(...changes))
            watches.push({ prefix: s.prefix, after: revision, seen })
          } else expect(pages(store, s.prefix, revision, s.limit)).toEqual(model.list(s.prefix, revision))
        }
        expect(store.revision).toBe(model.revision)
        expect(store.compactedRevision).toBeLessThanOrEqual(Math.max(0, model.revision - kept))
      }
      await checkWatches()
      expect(pages(store, '', store.revision, 100)).toEqual(model.list(''))
      const journal = await store.history({ limit: 10_000 })
      const newest = model.changes.slice(-kept).reverse()
      expect(journal.slice(0, newest.length).map((r) => [r.key, r.revision])).toEqual(expect.arrayContaining(newest.map((c) => [c.key, c.revision])))
      for (const r of journal) expect(r.before?.['n']).toBe(model.present(r.revision - 1).get(r.key)?.n)
    } finally {
      await store.close()
      rmSync(dir, { recursive: true, force: true })
    }
  })
  await fc.assert(runs, { numRuns: Number(process.env['TOQUE_RUNS'] ?? 60) })
}, 120_000)
