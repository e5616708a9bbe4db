import { expect, test } from 'vitest'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import type { Applied } from './drained.ts'
import { EndingPods } from './ending-pods.ts'
import { pod } from './testing/objects.ts'

const ending = (ip: string): Pod & { metadata: { uid: string } } => pod(`pod-${ip}`, ip, { deletionTimestamp: '2026-01-01T00:00:00Z' }) as Pod & { metadata: { uid: string } }
const out = (...pods: { metadata: { uid: string } }[]): Applied => ({ ending: new Set(pods.map(({ metadata }) => metadata.uid)), serving: new Set() })

test('a deletion is news once, and a pod that lives is none', () => {
  const pods = new EndingPods()
  const a = ending('10.244.0.2')
  expect([pods.note(pod('b', '10.244.0.3') as typeof a), pods.note(a), pods.note(a)]).toEqual([false, true, false])
  expect(pods.list()).toEqual([a])
})

test('a drained pod is told once; without nodes none is; one that comes back under its UID is told anew', () => {
  const pods = new EndingPods()
  const [a, b] = [ending('10.244.0.2'), ending('10.244.0.3')]
  pods.note(a)
  pods.note(b)
  expect(pods.drained([])).toEqual([])
  expect(pods.drained([out(a)])).toEqual([a])
  expect(pods.drained([out(a, b)])).toEqual([b])
  expect(pods.drained([out(a, b)])).toEqual([])
  pods.forget(a)
  expect(pods.list()).toEqual([b])
  pods.note(a)
  expect(pods.drained([out(a, b)])).toEqual([a])
})
