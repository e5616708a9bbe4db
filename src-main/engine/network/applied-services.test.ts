import { expect, test } from 'vitest'
import type { Service } from '../../common/kube/generated/core-v1.ts'
import { AppliedServices } from './applied-services.ts'

const web = (revision: string): Service => ({ apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'shop', name: 'web', uid: 'u', resourceVersion: revision, creationTimestamp: '' }, spec: {} })
const never = new AbortController().signal
/** `open` as long as it is not resolved. */
async function state(promise: Promise<void>): Promise<string> {
  return Promise.race([promise.then(() => 'done'), new Promise<string>((resolve) => setImmediate(() => resolve('open')))])
}

test('it waits for every node to have the revision and the addresses, not for one that fell silent meanwhile', async () => {
  const applied = new AppliedServices()
  let nodes = ['a', 'b']
  applied.applied('a', [web('9')], new Set(['10.0.0.1']))
  applied.applied('b', [web('8')], new Set(['10.0.0.1']))
  const waited = applied.until(() => nodes, new Map([['shop/web', '9']]), ['10.0.0.1'], never)
  expect(await state(waited)).toBe('open')
  applied.applied('b', [web('9')], new Set())
  expect(await state(waited)).toBe('open')
  nodes = ['a']
  applied.look()
  expect(await state(waited)).toBe('done')
  expect(await state(applied.until(() => nodes, new Map([['shop/web', '9']]), [], never))).toBe('done')
  applied.forget('a')
  expect(await state(applied.until(() => nodes, new Map([['shop/web', '9']]), [], never))).toBe('open')
})

test('it is given up with the signal', async () => {
  const over = new AbortController()
  const waited = new AppliedServices().until(() => ['a'], new Map(), [], over.signal)
  over.abort(new Error('broken off'))
  await expect(waited).rejects.toThrow('broken off')
})
