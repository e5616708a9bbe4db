import { expect } from 'vitest'
import type { KubeObject } from '../../../../../common/kube/object.ts'
import { OpenWatch } from '../events.ts'
import { MERGE, noted, noteOf, type Rule } from '../subject.ts'

export const WATCHES: readonly Rule[] = [
  {
    name: 'watched from a version: what was added, changed and deleted since, in order',
    async check(s) {
      const { metadata: { resourceVersion } } = await s.ok<{ metadata: { resourceVersion: string } }>('GET', `${s.path()}?limit=1`)
      const open = OpenWatch.at(s.wire, s.path(), `resourceVersion=${resourceVersion}&labelSelector=rule%3D${s.word}`)
      await s.create()
      await s.ok('PATCH', s.path(s.name()), { type: MERGE, body: noted('seen') })
      await s.erase()
      const events = await (await open).until(({ type }) => type === 'DELETED')
      const versions = events.map(({ object }) => Number(object.metadata.resourceVersion))
      expect(events.map(({ type }) => type)).toEqual(['ADDED', ...events.slice(1, -1).map(() => 'MODIFIED'), 'DELETED'])
      expect(noteOf(events[1]?.object as KubeObject)).toBe('seen')
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
      expect(events.every(({ object }) => object.kind === s.kind.resource.kind && object.apiVersion === s.apiVersion && object.metadata.name === s.name())).toBe(true)
    },
  },
  {
    name: 'watched from the beginning: what there is, and a bookmark where that ends',
    async check(s) {
      const created = await s.create()
      const selected = `fieldSelector=metadata.name%3D${s.name()}`
      const watch = await OpenWatch.at(s.wire, s.path(), `${selected}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`)
      const [first, end, ...more] = await watch.until(({ type }) => type === 'BOOKMARK')
      expect([first, more]).toEqual([{ type: 'ADDED', object: created }, []])
      expect(end?.object).toMatchObject({ kind: s.kind.resource.kind, metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } })
      await s.erase()
    },
  },
]
