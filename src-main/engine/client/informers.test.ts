import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StatusError } from '../../common/errors.ts'
import { FakeClock, settle } from '../../common/fake-clock.ts'
import type { ConfigMap } from '../../common/kube/generated/core-v1.ts'
import { ConfigMaps, Pods } from '../../common/kube/kinds.ts'
import type { Draft } from '../../common/kube/object.ts'
import { SharedInformers } from './informers.ts'
import { MemoryClient } from './testing/memory-client.ts'

let clock: FakeClock
let client: MemoryClient
let informers: SharedInformers
let heard: string[]
const errors: unknown[] = []

function configMap(name: string, labels: Record<string, string> = {}, owner?: string): Draft<ConfigMap> {
  const ownerReferences = owner === undefined ? [] : [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: owner, controller: true }]
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'ns', name, labels, ownerReferences } }
}

beforeEach(() => {
  clock = new FakeClock()
  client = new MemoryClient(clock)
  informers = new SharedInformers({ client, clock, onError: (e) => errors.push(e) })
  heard = []
})
afterEach(() => informers.stop())

function listen(): void {
  informers.for(ConfigMaps).addHandler({
    onAdd: (o) => heard.push(`+${o.metadata.name}`), onUpdate: (o) => heard.push(`~${o.metadata.name}`), onDelete: (o) => heard.push(`-${o.metadata.name}`),
  })
}

test('a node\'s handler hears of that node\'s pods only, from when they are bound', async () => {
  const create = (name: string, nodeName?: string): Promise<unknown> =>
    client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'ns', name }, spec: { containers: [], ...(nodeName === undefined ? {} : { nodeName }) } })
  await Promise.all([create('here', 'n'), create('there', 'm'), create('nowhere')])
  const informer = informers.for(Pods)
  await informers.synced()
  const stop = informer.addNodeHandler('n', {
    onAdd: (o) => heard.push(`+${o.metadata.name}`), onUpdate: (o) => heard.push(`~${o.metadata.name}`), onDelete: (o) => heard.push(`-${o.metadata.name}`),
  })
  expect(heard).toEqual(['+here'])
  await client.bind('ns', 'nowhere', 'n')
  await settle()
  await client.patch(Pods, 'ns', 'nowhere', 'application/merge-patch+json', { metadata: { labels: { a: 'b' } } })
  await client.patch(Pods, 'ns', 'there', 'application/merge-patch+json', { metadata: { labels: { a: 'b' } } })
  await settle()
  expect(informer.lister.onNode('n').map((p) => p.metadata.name).sort()).toEqual(['here', 'nowhere'])
  for (const name of ['here', 'there']) await client.delete(Pods, 'ns', name, { gracePeriodSeconds: 0 })
  await settle()
  expect(heard).toEqual(['+here', '+nowhere', '~nowhere', '-here'])
  expect([informer.lister.onNode('n').length, informer.lister.onNode('m').length]).toEqual([1, 0])
  stop()
  await client.delete(Pods, 'ns', 'nowhere', { gracePeriodSeconds: 0 })
  await settle()
  expect(heard).toHaveLength(4)
})

describe('a shared informer', () => {
  test('shows what was there, then each change once, with the cache ahead of the handlers', async () => {
    const a = await client.create(ConfigMaps, configMap('a'))
    const informer = informers.for(ConfigMaps)
    listen()
    await informers.synced()
    await client.create(ConfigMaps, configMap('b'))
    await client.update(ConfigMaps, { ...a, data: { k: 'v' } })
    await client.delete(ConfigMaps, 'ns', 'b')
    await settle()
    expect(heard).toEqual(['+a', '+b', '~a', '-b'])
    expect(informer.lister.get('ns', 'a')?.data).toEqual({ k: 'v' })
    expect(informers.for(ConfigMaps)).toBe(informer)
  })

  test('begins a watch that ends at once after longer and longer waits: others have their turn', async () => {
    let begun = 0
    // Without an end of it the test would never fail, but hang.
    client.watch = () => (++begun > 500 ? new Promise(() => undefined) : Promise.resolve())
    listen()
    await informers.synced()
    await settle()
    expect(begun).toBe(1)
    await clock.advance(60_000)
    expect(begun).toBeLessThan(20)
    expect(begun).toBeGreaterThan(8)
  })

  test('lists again after a 410 and tells only what changed meanwhile', async () => {
    const a = await client.create(ConfigMaps, configMap('a'))
    await client.create(ConfigMaps, configMap('b'))
    await client.create(ConfigMaps, configMap('c'))
    listen()
    await informers.synced()
    heard = []
    client.breakWatches(new StatusError('Expired', 'gone'), true)
    await client.update(ConfigMaps, { ...a, data: { k: 'v' } })
    await client.delete(ConfigMaps, 'ns', 'b')
    await client.delete(ConfigMaps, 'ns', 'c')
    await client.create(ConfigMaps, configMap('c'))
    await clock.advance(1000)
    expect(heard).toEqual(['~a', '-c', '+c', '-b'])
  })

  test('goes on from the last revision after a broken watch', async () => {
    listen()
    await informers.synced()
    client.breakWatches(new Error('connection lost'))
    await client.create(ConfigMaps, configMap('a'))
    await client.delete(ConfigMaps, 'ns', 'a')
    await clock.advance(1000)
    expect(heard).toEqual(['+a', '-a'])
  })

  test('finds by owner, label and namespace, and forgets what changed', async () => {
    const a = await client.create(ConfigMaps, configMap('a', { app: 'x', tier: 'front' }, 'u1'))
    await client.create(ConfigMaps, configMap('b', { app: 'x' }, 'u2'))
    const { lister } = informers.for(ConfigMaps)
    await informers.synced()
    const names = (list: { metadata: { name: string } }[]): string[] => list.map((o) => o.metadata.name)
    expect(names(lister.list({ labels: { app: 'x' } }))).toEqual(['a', 'b'])
    expect(names(lister.list({ selector: { matchLabels: { app: 'x' }, matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] } }))).toEqual(['b'])
    expect(names(lister.list({ namespace: 'other' }))).toEqual([])
    expect(names(lister.ownedBy('u1'))).toEqual(['a'])
    expect(lister.ownedBy('')).toEqual([])
    await client.update(ConfigMaps, { ...a, metadata: { ...a.metadata, labels: {}, ownerReferences: [] } })
    await settle()
    expect(names(lister.list({ labels: { app: 'x' } }))).toEqual(['b'])
    expect(lister.ownedBy('u1')).toEqual([])
    expect(names(lister.ownedBy(''))).toEqual(['a'])
  })
})
