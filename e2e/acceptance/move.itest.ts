import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Secret, Service } from '../../src-main/common/kube/generated/core-v1.ts'
import { docker } from '../harness/floors.ts'
import { MovingShop } from '../harness/moving-shop.ts'

// A web app and its database in a real Swarm, under load and written to all the while, moved to the engine on the same two servers, and back. Not one request of the web app may fail, and
// every row whose commit was told must be there. What is given up or killed in the middle: move.long.itest.ts.
let shop: MovingShop

beforeAll(async () => {
  shop = await MovingShop.open()
})
afterAll(() => shop?.close())
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await shop?.explain()
})

test('the plan says what happens to ports, volumes and fields before anything does', async () => {
  const plan = await shop.screens.services.moves.plan({ to: 'kubernetes', from: 'shop' })
  expect(plan.problems.filter(({ severity }) => severity === 'error')).toEqual([])
  expect(plan.problems.map(({ message }) => message).join()).toMatch(/What the secrets password hold is read from a running task/)
  expect(plan.steps.map(({ name, pause }) => `${name}${pause ? ' (pause)' : ''}`)).toEqual(['make', 'startStateless', 'stopData (pause)', 'startData (pause)', 'switchTraffic', 'stopOld'])
  expect(plan.parts).toEqual([{ name: 'web', replicas: 2, data: false }, { name: 'db', replicas: 1, data: true }])
  expect(plan.volumes).toEqual([expect.objectContaining({ name: 'shop_data', server: shop.one.name, part: 'db', bytes: expect.any(Number) as number })])
  expect(plan.ports.map(({ port, part }) => `${String(port)} ${part}`).sort()).toEqual(['5432 db', '8080 web'])
  expect(plan.report).toContainEqual({ field: 'services.web.ports[0].mode', verdict: 'changed', message: expect.stringContaining('Every server answers') as string })
  expect(await shop.team.kubectl(['get', 'namespaces', '-o', 'name'])).not.toContain('shop')
  await expect(shop.screens.services.moves.plan({ to: 'kubernetes', from: 'nowhere' })).rejects.toThrow('There is no stack "nowhere" in the swarm.')
  await expect(shop.screens.services.moves.plan({ to: 'moon' as 'swarm', from: 'shop' })).rejects.toThrow('An app is moved to kubernetes or swarm')
})

test('from the swarm to the cluster: no request fails, every row is there, and the secret is the same', async () => {
  expect(await shop.follow(shop.screens.services.moves.run({ to: 'kubernetes', from: 'shop' }))).toMatchObject({ phase: 'moved' })
  await shop.nothingLost()
  await shop.runsIn('cluster')
  const secret = await shop.team.get<Secret>('secret', 'password', '--namespace', 'shop')
  expect(Buffer.from(secret.data?.['password'] ?? '', 'base64').toString()).toBe('sesame\n')
  const { spec } = await shop.team.get<Service>('service', 'web-published', '--namespace', 'shop')
  expect(spec.externalIPs).toEqual(expect.arrayContaining([shop.one.address, shop.two.address]))
  // It is the same data, not a copy.
  expect(await docker(shop.one, 'volume', 'ls', '--quiet', '--filter', 'name=shop')).toBe('shop_data')
})

test('and back: the same', async () => {
  expect(await shop.follow(shop.screens.services.moves.run({ to: 'swarm', from: 'shop' }))).toMatchObject({ phase: 'moved' })
  await shop.nothingLost()
  await shop.runsIn('swarm')
})
