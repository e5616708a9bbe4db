import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Plan } from '../../src-main/common/contract/index.ts'
import { backupYaml, emptyCopy } from '../lib/copy-form.ts'
import { FakeCluster } from '../testing/fake-cluster.ts'
import { Actions } from './actions.svelte.ts'
import { Reviewed } from './reviewed.svelte.ts'
import { toasts } from './toasts.svelte.ts'

let cluster: FakeCluster
beforeEach(() => {
  vi.useFakeTimers()
  cluster = new FakeCluster('lively', 1_000_000)
})
afterEach(() => {
  cluster.stop()
  for (const toast of toasts.list) toasts.dismiss(toast.id)
  vi.useRealTimers()
})
const text = backupYaml({ namespace: 'data', name: 'orders' }, { ...emptyCopy(''), folder: '/srv' }, 0)

test('a plan is looked at, then applied: the copy is begun', async () => {
  const reviewed = new Reviewed(cluster)
  expect(reviewed.blocked).toBe(true)
  void reviewed.review(text)
  await vi.advanceTimersByTimeAsync(200)
  expect([reviewed.blocked, reviewed.plan?.changes.map((c) => [c.action, c.ref.kind])]).toEqual([false, [['create', 'VolumeBackup']]])
  const done = reviewed.apply((yaml) => new Actions(cluster).apply(yaml))
  await vi.advanceTimersByTimeAsync(1000)
  expect(await done).toBe(true)
  expect(cluster.volumes.claims.find((c) => c.ref.name === 'orders')?.copies[0]).toMatchObject({ state: 'running', where: { folder: { path: '/srv' } } })
})

test('what is wrong blocks it; going back drops an answer that is still on its way', async () => {
  const bad: Plan = { changes: [], problems: [{ severity: 'error', message: 'no' }] }
  const reviewed = new Reviewed({ plan: () => Promise.resolve(bad) })
  await reviewed.review(text)
  expect([reviewed.blocked, reviewed.plan]).toEqual([true, bad])
  expect([await reviewed.apply(() => Promise.resolve(bad)), await reviewed.apply(() => Promise.resolve(undefined))]).toEqual([false, false])
  const failing = new Reviewed({ plan: () => Promise.reject(new Error('The engine is gone.')) })
  const asked = failing.review(text)
  failing.back()
  await asked
  expect([failing.plan, failing.busy]).toEqual([undefined, false])
  await failing.review(text)
  expect(failing.plan?.problems[0]?.message).toBe('The engine is gone.')
})
