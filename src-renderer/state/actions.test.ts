import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Release } from '../../src-main/common/contract/index.ts'
import { FakeCluster } from '../testing/fake-cluster.ts'
import { Actions } from './actions.svelte.ts'
import { toasts } from './toasts.svelte.ts'

const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'my-website-deployment' }
let cluster: FakeCluster
beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  cluster = new FakeCluster('lively', 1_000_000)
})
afterEach(() => {
  cluster.stop()
  for (const toast of toasts.list) toasts.dismiss(toast.id)
  vi.useRealTimers()
})

/** Takes back what the newest toast offers to. */
async function undo(): Promise<void> {
  const toast = toasts.list.at(-1)
  expect(toast?.undo, toast?.text).toBeDefined()
  await toast?.undo?.()
}

test('scaling is taken back', async () => {
  await new Actions(cluster).scale(web, 3, 5)
  expect(cluster.world.app(web.name)?.desired).toBe(5)
  await undo()
  expect(cluster.world.app(web.name)?.desired).toBe(3)
})

test('a new version that was taken back is tried again; one that was promoted stays', async () => {
  const cache = { ...web, namespace: 'data', name: 'cache' }
  const release = (): Release | undefined => cluster.world.app('cache')?.release
  const { ref } = release() ?? { ref: cache }
  await new Actions(cluster).steer(cache, ref, 'promote')
  expect([release()?.step, toasts.list.at(-1)?.undo]).toEqual([4, undefined])
  await new Actions(cluster).steer(cache, ref, 'abort')
  expect(release()?.phase).toBe('aborted')
  await undo()
  expect(release()).toMatchObject({ phase: 'progressing', step: 0 })
})

test('a deleted app comes back as it was', async () => {
  await new Actions(cluster).remove(web)
  expect(cluster.world.app(web.name)).toBeUndefined()
  await undo()
  expect(cluster.world.app(web.name)).toMatchObject({ desired: 3, containers: [{ image: 'nginx' }] })
})

test('an applied change is taken back, and what it made is removed', async () => {
  const text = (await cluster.manifest(web, 'editable')).replace('replicas: 3', 'replicas: 9')
  await new Actions(cluster).apply(`${text}---\n${text.replaceAll('my-website-deployment', 'another')}`)
  expect([cluster.world.app(web.name)?.desired, cluster.world.app('another')?.desired]).toEqual([9, 9])
  await undo()
  expect([cluster.world.app(web.name)?.desired, cluster.world.app('another')]).toEqual([3, undefined])
})

test('with a problem nothing is applied and nothing can be taken back', async () => {
  const text = (await cluster.manifest(web, 'editable')).replace('replicas: 3', 'replicas: three')
  const plan = await new Actions(cluster).apply(text)
  expect(plan?.problems).toHaveLength(1)
  expect(cluster.world.app(web.name)?.desired).toBe(3)
  expect(toasts.list).toEqual([])
})

test('a zone is taken back', async () => {
  const set = vi.fn(() => Promise.resolve())
  await new Actions(cluster).setZone({ setZone: set }, 'b', 'office', 'basement')
  await undo()
  expect(set.mock.calls).toEqual([['b', 'basement'], ['b', 'office']])
})

test('a failure is told as a sentence', async () => {
  expect(await new Actions(cluster).scale({ ...web, name: 'gone' }, 1, 2)).toBe(false)
  expect(toasts.list.at(-1)).toMatchObject({ tone: 'bad', text: 'deployments.apps "gone" not found' })
})
