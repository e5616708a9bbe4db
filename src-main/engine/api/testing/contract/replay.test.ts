import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KubeObject } from '../../../../common/kube/object.ts'
import { OpenWatch } from './events.ts'
import type { WatchEvent } from './events.ts'
import { Wire } from './http.ts'
import { MERGE, Subject, noted } from './subject.ts'

// A watch from any version of the history, replayed on the list of that version, is the list at its end: over HTTP, over random kinds and writes.

let wire: Wire
beforeAll(async () => { wire = await Wire.start() })
afterAll(() => wire.stop())

/** Kinds that end at once when they are deleted, and some that are held. */
const plurals = ['configmaps', 'secrets', 'deployments', 'leases', 'nodes', 'persistentvolumeclaims', 'csistoragecapacities', 'events', 'horizontalpodautoscalers', 'priorityclasses']
const NAMES = ['a', 'b', 'c']
const LAST = 'last'

type Write = { verb: 'create' | 'note' | 'label' | 'status' | 'delete' | 'free' | 'sweep'; which: string; value: string }
const write: fc.Arbitrary<Write> = fc.record({
  verb: fc.constantFrom<Write['verb']>('create', 'create', 'note', 'note', 'label', 'status', 'delete', 'free', 'sweep'),
  which: fc.constantFrom(...NAMES), value: fc.constantFrom('x', 'y', 'z'),
})

interface List { metadata: { resourceVersion: string }; items: KubeObject[] }

/** Does one write; that it may be refused (nothing there, there already) is part of the history. Returns the version after it. */
async function perform(s: Subject, { verb, which, value }: Write): Promise<string> {
  const path = s.path(s.name(which))
  const patch = (body: object, sub = ''): Promise<unknown> => s.ask('PATCH', `${path}${sub}`, { type: MERGE, body })
  switch (verb) {
    case 'create': await s.ask('POST', s.path(), { body: s.body(which, { labels: { rule: s.word, side: value } }) }); break
    case 'note': await patch(noted(value)); break
    case 'label': await patch({ metadata: { labels: { side: value } } }); break
    case 'status': if (s.kind.hasStatus === true) await patch({ status: s.example.status }, '/status'); break
    case 'delete': await s.ask('DELETE', path); break
    case 'free': await patch({ metadata: { finalizers: null } }); break
    case 'sweep': await s.ask('DELETE', `${s.path()}?labelSelector=rule%3D${s.word},side%3D${value}`)
  }
  return (await listed(s, '')).metadata.resourceVersion
}

const listed = (s: Subject, query: string): Promise<List> => s.ok<List>('GET', `${s.path()}?labelSelector=${query}`)

function replayed(start: readonly KubeObject[], events: readonly WatchEvent[]): KubeObject[] {
  const now = new Map(start.map((object) => [object.metadata.uid, object]))
  for (const { type, object } of events) {
    if (type === 'ADDED') expect(now.has(object.metadata.uid), 'added twice').toBe(false)
    if (type === 'MODIFIED' || type === 'DELETED') expect(now.has(object.metadata.uid), 'changed without being there').toBe(true)
    if (type === 'DELETED') now.delete(object.metadata.uid)
    else if (type !== 'BOOKMARK') now.set(object.metadata.uid, object)
  }
  return [...now.values()].sort(byName)
}

const byName = (a: KubeObject, b: KubeObject): number => (a.metadata.name < b.metadata.name ? -1 : 1)
let runs = 0

test('a watch from any version replays to the list at its end', async () => {
  await fc.assert(fc.asyncProperty(fc.constantFrom(...plurals), fc.array(write, { minLength: 1, maxLength: 12 }), fc.nat(), fc.boolean(), fc.constantFrom('', ',side=x', ',side!=x'), async (plural, history, at, bookmarks, side) => {
    const kind = wire.api.registry.all().find((k) => k.resource.plural === plural)
    if (kind === undefined) throw new Error(`${plural} is not served`)
    const s = new Subject(wire, kind, `replay${String(++runs)}`)
    // The last object is in every selection, and tells a watch that all before it has been told.
    const mine = encodeURIComponent(`rule=${s.word}${side}`)
    const versions = [(await listed(s, mine)).metadata.resourceVersion]
    const half = Math.floor(history.length / 2)
    for (const one of history.slice(0, half)) versions.push(await perform(s, one))
    const from = versions[at % versions.length] ?? ''
    const start = (await listed(s, `${mine}&resourceVersion=${from}&resourceVersionMatch=Exact`)).items
    const marks = bookmarks ? '&allowWatchBookmarks=true' : ''
    const watches = await Promise.all([
      OpenWatch.at(wire, s.path(), `labelSelector=${mine}&resourceVersion=${from}${marks}`),
      OpenWatch.at(wire, s.path(), `labelSelector=${mine}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`),
      OpenWatch.at(wire, s.path(), `labelSelector=${mine}${marks}`),
    ])
    for (const one of history.slice(half)) await perform(s, one)
    await s.ok('POST', s.path(), { body: s.body(LAST, { labels: { rule: s.word, side: side === ',side=x' ? 'x' : 'w' } }) }, 201)
    const end = (await listed(s, mine)).items.sort(byName)
    const [since, ...whole] = await Promise.all(watches.map((watch) => watch.until(({ type, object }) => type === 'ADDED' && object.metadata.name === s.name(LAST))))
    expect(replayed(start, since ?? [])).toEqual(end)
    for (const events of whole) expect(replayed([], events)).toEqual(end)
    expect(whole[0]?.filter(({ type }) => type === 'BOOKMARK').map(({ object }) => object.metadata.annotations)).toEqual([{ 'k8s.io/initial-events-end': 'true' }])
    for (const which of [...NAMES, LAST]) await s.erase(which)
  }), { numRuns: 40 })
})
