import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeClock, settle } from '../../common/fake-clock.ts'
import { Namespaces, NetworkPolicies, Pods } from '../../common/kube/kinds.ts'
import { SharedInformers } from '../client/informers.ts'
import { MemoryClient } from '../client/testing/memory-client.ts'
import { followPolicies } from './policy-follow.ts'
import type { PolicyFollower } from './policy-follow.ts'
import { namespace, networkPolicy, pod } from './testing/objects.ts'

const clock = new FakeClock()
let client: MemoryClient
let informers: SharedInformers
let follower: PolicyFollower
let told: number

beforeEach(async () => {
  client = new MemoryClient(clock)
  informers = new SharedInformers({ client, clock, onError: () => undefined })
  await client.create(Pods, pod('web', '10.244.0.2'))
  await client.create(Namespaces, namespace('default'))
  told = 0
  follower = followPolicies(informers, () => void told++)
  await follower.synced
})
afterEach(async () => {
  follower.stop()
  await informers.stop()
})

async function tellsAt(work: () => Promise<unknown>): Promise<boolean> {
  told = 0
  await work()
  await settle()
  return told > 0
}
const labelled = async (app: string): Promise<unknown> => client.patch(Pods, 'default', 'web', 'application/merge-patch+json', { metadata: { labels: { app } } })
const status = async (more: object): Promise<unknown> => client.patch(Pods, 'default', 'web', 'application/merge-patch+json', { status: more }, 'status')

test('without policies nothing matters, and pods are not even listed', async () => {
  expect(await tellsAt(() => labelled('a'))).toBe(false)
  expect(follower.view().pods).toEqual([])
})

test('with a policy, what policies look at matters, and other writes do not', async () => {
  expect(await tellsAt(() => client.create(NetworkPolicies, networkPolicy('deny', {})))).toBe(true)
  expect(follower.view().pods).toHaveLength(1)
  expect(await tellsAt(() => status({ conditions: [{ type: 'Ready', status: 'True' }] }))).toBe(false)
  expect(await tellsAt(() => status({ podIP: '10.244.0.3' }))).toBe(true)
  expect(await tellsAt(() => labelled('b'))).toBe(true)
  expect(await tellsAt(() => status({ phase: 'Running' }))).toBe(false)
  expect(await tellsAt(() => status({ phase: 'Succeeded' }))).toBe(true)
  expect(await tellsAt(() => client.patch(Namespaces, '', 'default', 'application/merge-patch+json', { metadata: { labels: { team: 'a' } } }))).toBe(true)
  expect(await tellsAt(() => client.patch(Namespaces, '', 'default', 'application/merge-patch+json', { metadata: { annotations: { a: 'b' } } }))).toBe(false)
  expect(await tellsAt(() => client.delete(NetworkPolicies, 'default', 'deny'))).toBe(true)
})
