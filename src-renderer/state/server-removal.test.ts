import { afterEach, expect, test } from 'vitest'
import type { Servers } from '../../src-main/common/contract/index.ts'
import { StatusError } from '../../src-main/common/errors.ts'
import { ServerRemoval } from './server-removal.svelte.ts'
import { toasts } from './toasts.svelte.ts'

afterEach(() => { for (const toast of toasts.list) toasts.dismiss(toast.id) })

function servers(change: Partial<Servers>): { servers: Servers; removed: unknown[] } {
  const removed: unknown[] = []
  const fake: Partial<Servers> = {
    removal: () => Promise.resolve({ pods: [{ namespace: 'default', name: 'web-1', fate: 'moves', why: '' }] }),
    remove: (name, how) => { removed.push([name, how.drain]); return Promise.resolve() },
    ...change,
  }
  return { servers: fake as Servers, removed }
}

test('its pods are moved first unless someone does not want it', async () => {
  const { servers: fake, removed } = servers({})
  const removal = new ServerRemoval(fake, 'pantry')
  await removal.load()
  expect(await removal.run()).toBe(true)
  removal.drain = false
  await removal.run()
  expect(removed).toEqual([['pantry', true], ['pantry', false]])
  expect(toasts.list.map((t) => t.tone)).toEqual(['ok', 'ok'])
})

test('without pods there is nothing to move', async () => {
  const { servers: fake, removed } = servers({ removal: () => Promise.resolve({ pods: [] }) })
  const removal = new ServerRemoval(fake, 'pantry')
  await removal.load()
  await removal.run()
  expect(removed).toEqual([['pantry', false]])
})

test('a failure is told, and it can be tried again', async () => {
  const { servers: fake } = servers({ remove: () => Promise.reject(new StatusError('Timeout', 'The pod web-1 does not end.')) })
  const removal = new ServerRemoval(fake, 'pantry')
  await removal.load()
  expect(await removal.run()).toBe(false)
  expect([removal.busy, toasts.list.at(-1)?.text]).toEqual([false, 'The pod web-1 does not end.'])
})

test('a plan that cannot be made says why', async () => {
  const removal = new ServerRemoval(servers({ removal: () => Promise.reject(new Error('gone')) }).servers, 'pantry')
  await removal.load()
  expect([removal.plan, removal.error]).toEqual([undefined, 'gone'])
})
