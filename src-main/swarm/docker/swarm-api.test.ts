import type Docker from 'dockerode'
import { expect, test } from 'vitest'
import { systemClock, type Clock } from '../../common/clock.ts'
import { SwarmApi } from './swarm-api.ts'

/** A Docker that has allocated its network when it is asked for the `nth` time. */
function manager(nth: number): { api: SwarmApi; asked: () => number } {
  let asked = 0
  const listNetworks = (): Promise<unknown> => Promise.resolve([{ Name: 'bridge', Driver: 'bridge' }, { Name: 'shop_net', Driver: ++asked >= nth ? 'overlay' : '' }])
  const atOnce: Clock = { ...systemClock, setTimeout: (fn) => systemClock.setTimeout(fn, 0) }
  return { api: new SwarmApi({ listNetworks } as unknown as Docker, atOnce), asked: () => asked }
}

test.each([1, 2, 5])('a network is told once Swarm has allocated it: at reading %i', async (nth) => {
  const { api, asked } = manager(nth)
  expect((await api.allNetworks()).map(({ Driver }) => Driver)).toEqual(['bridge', 'overlay'])
  expect(asked()).toBe(nth)
})

test('one that is never allocated is told as it is, after a while', async () => {
  expect((await manager(Infinity).api.allNetworks()).map(({ Driver }) => Driver)).toEqual(['bridge', ''])
})
