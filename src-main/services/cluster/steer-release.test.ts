import { afterEach, beforeEach, expect, test } from 'vitest'
import { StatusError } from '../../common/errors.ts'
import { FakeClock } from '../../common/fake-clock.ts'
import { ROLLOUT_ORDER, Rollouts } from '../../common/kube/rollout.ts'
import { AS_TESTER, startTestApi } from '../../engine/api/testing/test-api.ts'
import type { TestApi } from '../../engine/api/testing/test-api.ts'
import { LocalClient } from '../../engine/client/local-client.ts'
import { LocalManifests } from '../../engine/client/local-manifests.ts'
import { AppActions } from './actions.ts'
import { previewAction } from './preview.ts'
import { steerRelease } from './steer-release.ts'

const release = { apiVersion: 'toque.dev/v1', kind: 'Rollout', namespace: 'default', name: 'web' }
let t: TestApi
let client: LocalClient
let clock: FakeClock
beforeEach(async () => {
  t = await startTestApi()
  client = new LocalClient(t.api)
  clock = new FakeClock()
  await client.create(Rollouts, { ...release, metadata: { name: 'web', namespace: 'default' }, spec: { deployment: 'web', strategy: { canary: { steps: [{ weight: 5 }] } } } })
})
afterEach(() => t.close())
const order = async (): Promise<string | undefined> => (await client.get(Rollouts, 'default', 'web')).metadata.annotations?.[ROLLOUT_ORDER]

test('an order is shown before it is given, and each is another text', async () => {
  const parts = { manifests: new LocalManifests(t.api, AS_TESTER), client, clock }
  const plan = await previewAction(parts, new AppActions(client, clock), { type: 'steer', release, order: 'abort' })
  expect(plan).toMatchObject({ problems: [], changes: [{ ref: release, action: 'update', after: expect.stringContaining('toque.dev/order: abort on the app') as string }] })
  expect(await order()).toBeUndefined()
  await steerRelease(client, clock, release, 'promote')
  const first = await order()
  await clock.advance(2000)
  await steerRelease(client, clock, release, 'promote')
  expect([first, await order()]).toEqual([expect.stringMatching(/^promote /), expect.stringMatching(/^promote /)])
  expect(await order()).not.toBe(first)
})

test('one that is gone is told so', async () => {
  await client.delete(Rollouts, 'default', 'web')
  await expect(steerRelease(client, clock, release, 'abort')).rejects.toThrow(StatusError)
  const plan = await previewAction({ manifests: new LocalManifests(t.api, AS_TESTER), client, clock }, new AppActions(client, clock), { type: 'steer', release, order: 'abort' })
  expect(plan.problems).toMatchObject([{ severity: 'error', message: expect.stringContaining('web') as string }])
})
