import { expect } from 'vitest'
import type { KubeObject } from '../../../../../common/kube/object.ts'
import { MERGE, type Rule } from '../subject.ts'

const HELD = 'example.com/held'

export const DELETES: readonly Rule[] = [
  {
    name: 'a delete holds to its preconditions',
    async check(s) {
      const { metadata: { uid, resourceVersion } } = await s.create()
      const path = s.path(s.name())
      const only = (preconditions: object): { body: object } => ({ body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions } })
      await s.refused('DELETE', path, only({ uid: 'another' }), 409, 'Conflict')
      await s.refused('DELETE', path, only({ resourceVersion: '1' }), 409, 'Conflict')
      await s.refused('DELETE', path, { body: { propagationPolicy: 'Somehow' } }, 422, 'Invalid')
      await s.ok('DELETE', path, only({ uid, resourceVersion }))
      await s.erase()
    },
  },
  {
    name: 'a finalizer holds a deleted object, which takes no new one',
    async check(s) {
      await s.create('one', { finalizers: [HELD] })
      const path = s.path(s.name())
      const gone = await s.ok('DELETE', path)
      expect(gone.metadata.deletionTimestamp).toBeDefined()
      expect((await s.read()).metadata.finalizers).toContain(HELD)
      const patch = (finalizers: string[]): { type: string; body: object } => ({ type: MERGE, body: { metadata: { finalizers } } })
      await s.refused('PATCH', path, patch([HELD, 'example.com/more']), 422, 'Invalid')
      await s.ok('DELETE', path)
      await s.erase()
    },
  },
  {
    name: 'a collection is deleted by its labels, and nothing else with it',
    async check(s) {
      await Promise.all(['a', 'b', 'other'].map((which) => s.create(which)))
      const { items } = await s.ok<{ items: KubeObject[] }>('DELETE', `${s.path()}?labelSelector=rule%3D${s.word},which%20in%20(a,b)`)
      expect(items.map((item) => item.metadata.name).sort()).toEqual([s.name('a'), s.name('b')].sort())
      expect((await s.read('other')).metadata.deletionTimestamp).toBeUndefined()
      await Promise.all(['a', 'b', 'other'].map((which) => s.erase(which)))
    },
  },
]
