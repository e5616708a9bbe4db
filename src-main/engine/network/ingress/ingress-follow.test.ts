import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeClock, settle } from '../../../common/fake-clock.ts'
import { IngressClasses, Ingresses, Nodes, Secrets, Services } from '../../../common/kube/kinds.ts'
import { SharedInformers } from '../../client/informers.ts'
import { MemoryClient } from '../../client/testing/memory-client.ts'
import { service } from '../testing/objects.ts'
import { IngressFollower } from './ingress-follow.ts'
import { ingress, path, toqueClass } from './testing/ingress-objects.ts'

const NODE = { nodeName: 'node-1', endingPods: new Set<string>(), avoidedNodes: new Set<string>() }
let clock: FakeClock
let client: MemoryClient
let informers: SharedInformers
let follower: IngressFollower
let serving: string[]
let events: string[]
let changes: number

beforeEach(() => {
  clock = new FakeClock()
  client = new MemoryClient(clock)
  informers = new SharedInformers({ client, clock, onError: () => undefined })
  serving = []
  events = []
  changes = 0
})
afterEach(async () => {
  follower.stop()
  await informers.stop()
})

async function follow(): Promise<void> {
  follower = new IngressFollower({
    client, informers, clock, changed: () => { changes += 1 }, serving: () => new Set(serving), answering: () => [], onError: (error) => { throw error },
    recorder: { event: (object, type, reason, message) => { events.push(`${object.metadata.name} ${type} ${reason} ${message}`) } },
  })
  informers.for(Nodes)
  await informers.synced()
  await follower.synced
  await settle()
}
const web = (): ReturnType<typeof ingress> => ingress('web', { rules: [{ host: 'a.example', http: { paths: [path('web')] } }] })

test('the class is there from the beginning, and the default unless another one is; one that is there is left alone', async () => {
  await client.create(IngressClasses, { ...toqueClass(), metadata: { ...toqueClass().metadata, name: 'other' }, spec: { controller: 'example.com/other' } })
  await follow()
  const made = await client.get(IngressClasses, '', 'toque')
  expect([made.spec.controller, made.metadata.annotations?.['ingressclass.kubernetes.io/is-default-class']]).toEqual(['toque.dev/ingress', 'false'])
  follower.stop()
  await follow()
  expect((await client.list(IngressClasses)).items).toHaveLength(2)
})

test('an Ingress has the addresses of the nodes that serve it', async () => {
  const node = (name: string, addresses: { type: string; address: string }[]) => client.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {}, status: { addresses } })
  await node('one', [{ type: 'InternalIP', address: '10.0.0.1' }])
  await node('two', [{ type: 'InternalIP', address: '10.0.0.2' }, { type: 'ExternalIP', address: '192.0.2.2' }])
  await follow()
  await client.create(Ingresses, web())
  await settle()
  const addresses = async (): Promise<unknown> => (await client.get(Ingresses, 'default', 'web')).status?.loadBalancer?.ingress ?? []
  expect(await addresses()).toEqual([])
  serving = ['two', 'one']
  follower.servingChanged()
  await settle()
  expect(await addresses()).toEqual([{ ip: '10.0.0.1' }, { ip: '192.0.2.2' }])
  serving = []
  follower.servingChanged()
  await settle()
  expect(await addresses()).toEqual([])
})

test('what is wrong is told once, when it stays so, and again after it was right', async () => {
  await follow()
  await client.create(Ingresses, web())
  await settle()
  expect(events).toEqual([])
  await clock.advance(2_000)
  expect(events).toEqual([expect.stringMatching(/^web Warning BadBackend Service default\/web is not there/)])
  await client.create(Services, service('other', '10.96.0.9'))
  await clock.advance(2_000)
  expect(events).toHaveLength(1)
  await client.create(Services, service('web', '10.96.0.8'))
  await settle()
  await clock.advance(2_000)
  await client.delete(Services, 'default', 'web')
  await settle()
  await clock.advance(2_000)
  expect(events).toHaveLength(2)
})

test('a Service that comes right after its Ingress is nothing to speak of', async () => {
  await follow()
  await client.create(Ingresses, web())
  await client.create(Services, service('web', '10.96.0.8'))
  await settle()
  await clock.advance(5_000)
  expect(events).toEqual([])
})

test('proxies look again at Ingresses and certificates, not at addresses; without an Ingress there is nothing to serve', async () => {
  await follow()
  expect(follower.model(NODE)).toBeUndefined()
  await client.create(Ingresses, web())
  await settle()
  expect([changes, follower.model(NODE)?.hosts.map(({ host }) => host)]).toEqual([1, ['a.example']])
  serving = ['one']
  follower.servingChanged()
  await client.patch(Ingresses, 'default', 'web', 'application/merge-patch+json', { status: { loadBalancer: { ingress: [{ ip: '10.0.0.7' }] } } }, 'status')
  await settle()
  expect(changes).toBe(1)
  const secret = { apiVersion: 'v1' as const, kind: 'Secret' as const, data: {} }
  await client.create(Secrets, { ...secret, type: 'kubernetes.io/dockerconfigjson', metadata: { name: 'pull', namespace: 'default' } })
  await settle()
  expect(changes).toBe(1)
  await client.create(Secrets, { ...secret, type: 'kubernetes.io/tls', metadata: { name: 'cert', namespace: 'default' } })
  await settle()
  expect(changes).toBe(2)
})
