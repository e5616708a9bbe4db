import { afterEach, expect, test } from 'vitest'
import type { PodNetworkChoice } from '../../src-main/common/contract/index.ts'
import { StatusError } from '../../src-main/common/errors.ts'
import { PodNetwork } from './pod-network.svelte.ts'
import { toasts } from './toasts.svelte.ts'

afterEach(() => { for (const toast of toasts.list) toasts.dismiss(toast.id) })

function setUp(choice: PodNetworkChoice, refuse?: Error): { network: PodNetwork; chosen: string[] } {
  const chosen: string[] = []
  const answer = (): Promise<PodNetworkChoice> => (refuse === undefined ? Promise.resolve(choice) : Promise.reject(refuse))
  return { chosen, network: new PodNetwork({ podNetwork: answer, choosePodNetwork: (mode) => (refuse === undefined ? Promise.resolve(void chosen.push(mode)) : Promise.reject(refuse)) }) }
}

test('shows what is asked for; another way is a change, and is asked for once', async () => {
  const { network, chosen } = setUp({ mode: 'vxlan' })
  expect(network.changed).toBe(false)
  await network.load()
  expect([network.mode, network.changed, network.nonsense]).toEqual(['vxlan', false, ''])
  network.mode = 'wireguard'
  expect(network.changed).toBe(true)
  expect((await Promise.all([network.save(), network.save()])).sort()).toEqual([false, true])
  expect(chosen).toEqual(['wireguard'])
})

test('what makes no sense can be mended with the first choice', async () => {
  const { network } = setUp({ mode: undefined, text: 'banana' })
  await network.load()
  expect([network.mode, network.changed, network.nonsense]).toEqual(['auto', true, 'banana'])
})

test('a refusal is told', async () => {
  const { network } = setUp({ mode: 'auto' }, new StatusError('Forbidden', 'You may not.'))
  await network.load()
  expect([network.mode, network.error]).toEqual([undefined, 'You may not.'])
  network.mode = 'routes'
  expect(await network.save()).toBe(false)
  expect(toasts.list.map((t) => t.text)).toEqual(['You may not.'])
})
