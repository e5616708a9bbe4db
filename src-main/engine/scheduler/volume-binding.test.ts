import { describe, expect, test } from 'vitest'
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../common/kube/generated/core-v1.ts'
import type { StorageClass } from '../../common/kube/generated/storage-v1.ts'
import { FakeClock } from '../../common/fake-clock.ts'
import { Nodes, PersistentVolumeClaims, PersistentVolumes, Pods, StorageClasses } from '../../common/kube/kinds.ts'
import { SharedInformers } from '../client/informers.ts'
import { MemoryClient } from '../client/testing/memory-client.ts'
import { schedule } from './framework.ts'
import type { FilterPlugin } from './framework.ts'
import { startScheduler } from './index.ts'
import type { NodeInfo } from './node-info.ts'
import { podInfo } from './pod-info.ts'
import { volumeBinding, volumePlan } from './plugins/volume-binding.ts'
import type { VolumeCaches } from './plugins/volume-binding.ts'
import { cacheOf, node, nodeInfo, pod } from './testing/objects.ts'

const AT = '2026-01-01T00:00:00Z'
const meta = (name: string, more: object = {}): PersistentVolume['metadata'] => ({ name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: AT, ...more })
const BOUND = { 'pv.kubernetes.io/bind-completed': 'yes' }
const pvc = (name: string, spec: Partial<PersistentVolumeClaim['spec']> = {}, metadata: object = {}, phase = 'Pending'): PersistentVolumeClaim => ({
  apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta(name, { namespace: 'ns', ...metadata }), status: { phase },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'local', ...spec },
})
const bound = (name: string, volumeName: string, spec: object = {}): PersistentVolumeClaim => pvc(name, { volumeName, ...spec }, { annotations: BOUND }, 'Bound')
const pv = (name: string, on: string, spec: Partial<PersistentVolume['spec']> = {}): PersistentVolume => ({
  apiVersion: 'v1', kind: 'PersistentVolume', metadata: meta(name), status: { phase: 'Available' },
  spec: {
    capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'local', local: { path: '/x' },
    nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [on] }] }] } }, ...spec,
  },
})
const sc = (name: string, more: Partial<StorageClass> = {}): StorageClass => ({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: meta(name), provisioner: 'toque.dev/docker-volume', volumeBindingMode: 'WaitForFirstConsumer', ...more })
const uses = (name: string, ...claims: string[]): Pod => pod(name, { spec: { volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })) } })

function caches(claims: PersistentVolumeClaim[], volumes: PersistentVolume[] = [], classes = [sc('local')], assumed = new Map<string, string>()): VolumeCaches {
  const by = <T extends { metadata: { name: string } }>(list: T[]) => (name: string): T | undefined => list.find((o) => o.metadata.name === name)
  return { claim: (_, name) => by(claims)(name), volume: by(volumes), volumes: () => volumes, storageClass: by(classes), assumed }
}
function run(p: Pod, from: VolumeCaches, ...nodes: NodeInfo[]): string | Record<string, readonly string[]> {
  const verdict = schedule(podInfo(p), cacheOf(...nodes), { filters: [volumeBinding(from) as FilterPlugin], scores: [] }, () => 0)
  return verdict.node ?? Object.fromEntries([...verdict.noes].map(([name, no]) => [name, no.reasons]))
}
const [a, b] = [nodeInfo(node('a')), nodeInfo(node('b'))]
const immediate = sc('now', { volumeBindingMode: 'Immediate' })
const hand = sc('hand', { provisioner: 'kubernetes.io/no-provisioner' })
const everywhere = (...why: string[]): Record<string, string[]> => ({ a: why, b: why })
const user = { ...uses('other', 'c'), spec: { ...uses('other', 'c').spec, nodeName: 'a' } }

describe('a pod goes where its volumes are', () => {
  test.each<[string, Pod, VolumeCaches, string | Record<string, string[]>]>([
    ['no claims', pod('p'), caches([]), 'a'],
    ['bound on b', uses('p', 'c'), caches([bound('c', 'v')], [pv('v', 'b')]), 'b'],
    ['bound on two', uses('p', 'c', 'd'), caches([bound('c', 'v'), bound('d', 'w')], [pv('v', 'b'), pv('w', 'a')]), everywhere('node(s) had volume node affinity conflict')],
    ['bound to nothing', uses('p', 'c'), caches([bound('c', 'v')]), everywhere('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)')],
    ['no such claim', uses('p', 'c'), caches([]), everywhere('persistentvolumeclaim "c" not found')],
    ['a claim on its way out', uses('p', 'c'), caches([pvc('c', {}, { deletionTimestamp: AT })]), everywhere('persistentvolumeclaim "c" is being deleted')],
    ['being moved', uses('p', 'c'), caches([pvc('c', {}, { annotations: { 'toque.dev/volume-busy': 'moved to server b' } })]), everywhere('persistentvolumeclaim "c" is being moved to server b')],
    ['not bound yet', uses('p', 'c'), caches([pvc('c', { storageClassName: 'now' })], [], [immediate]), everywhere('pod has unbound immediate PersistentVolumeClaims')],
    ['waits for it: anywhere', uses('p', 'c'), caches([pvc('c')]), 'a'],
    ['made on b already', uses('p', 'c'), caches([pvc('c', {}, { annotations: { 'volume.kubernetes.io/selected-node': 'b' } })]), 'b'],
    ['by hand, one on b', uses('p', 'c'), caches([pvc('c', { storageClassName: 'hand' })], [pv('v', 'b', { storageClassName: 'hand' })], [hand]), 'b'],
    ['by hand, none', uses('p', 'c'), caches([pvc('c', { storageClassName: 'hand' })], [], [hand]), everywhere("node(s) didn't find available persistent volumes to bind")],
    ['by hand, one for two claims', uses('p', 'c', 'd'), caches([pvc('c', { storageClassName: 'hand' }), pvc('d', { storageClassName: 'hand' })], [pv('v', 'b', { storageClassName: 'hand' })], [hand]), everywhere("node(s) didn't find available persistent volumes to bind")],
    ['promised to another', uses('p', 'c'), caches([pvc('c', { storageClassName: 'hand' })], [pv('v', 'b', { storageClassName: 'hand' })], [hand], new Map([['v', 'uid-d']])), everywhere("node(s) didn't find available persistent volumes to bind")],
    ['a class for b only', uses('p', 'c'), caches([pvc('c')], [], [sc('local', { allowedTopologies: [{ matchLabelExpressions: [{ key: 'kubernetes.io/hostname', values: ['b'] }] }] })]), 'b'],
  ])('%s', (_, p, from, expected) => expect(run(p, from, a, b)).toEqual(expected))

  const one = caches([bound('c', 'v', { accessModes: ['ReadWriteOncePod'] })], [pv('v', 'a')])
  const conflict = everywhere('node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode')
  test('ReadWriteOncePod: not while another pod uses it', () => {
    expect(run(uses('p', 'c'), one, nodeInfo(node('a'), user), b)).toEqual(conflict)
    expect(run(uses('p', 'c'), one, nodeInfo(node('a'), { ...user, status: { phase: 'Succeeded' } }), b)).toBe('a')
    expect(run(uses('p', 'c'), caches([bound('c', 'v')], [pv('v', 'a')]), nodeInfo(node('a'), user), b)).toBe('a')
  })

  test('what is there is taken before anything is made', () => {
    const plan = volumePlan(uses('p', 'c', 'd'), node('b'), caches([pvc('c'), pvc('d')], [pv('v', 'b'), pv('w', 'a')]))
    expect([plan?.bind.map((m) => m.volume.metadata.name), plan?.provision.map((c) => c.metadata.name)]).toEqual([['v'], ['d']])
  })
})

describe('the scheduler, with claims that wait for their pods', () => {
  async function rig(): Promise<{ client: MemoryClient; clock: FakeClock; errors: unknown[]; stop(): Promise<void>; settle(): Promise<void> }> {
    const clock = new FakeClock()
    const client = new MemoryClient(clock)
    const informers = new SharedInformers({ client, clock, onError: () => undefined })
    const errors: unknown[] = []
    await client.create(Nodes, node('a'))
    await client.create(StorageClasses, sc('local'))
    const scheduler = await startScheduler({ client, informers, clock, onError: (e) => errors.push(e), recorder: () => ({ event: () => undefined }) })
    const settle = async (): Promise<void> => {
      for (let i = 0; i < 8; i++) await clock.advance(5)
    }
    return { client, clock, errors, settle, stop: async () => {
      await Promise.all([scheduler.stop(), clock.advance(10)])
      await informers.stop()
    } }
  }
  const place = async (client: MemoryClient, name: string): Promise<string | undefined> => (await client.get(Pods, 'ns', name)).spec.nodeName

  test('it says which node it chose, and binds the pod only when the claim is bound', async () => {
    const { client, settle, stop, errors } = await rig()
    await client.create(PersistentVolumeClaims, pvc('c'))
    await client.create(Pods, uses('p', 'c'))
    await settle()
    const claim = await client.get(PersistentVolumeClaims, 'ns', 'c')
    expect([claim.metadata.annotations, await place(client, 'p')]).toEqual([{ 'volume.kubernetes.io/selected-node': 'a' }, undefined])
    await client.create(PersistentVolumes, pv('v', 'a'))
    await client.update(PersistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, annotations: { ...claim.metadata.annotations, ...BOUND } }, spec: { ...claim.spec, volumeName: 'v' } })
    await settle()
    expect(await place(client, 'p')).toBe('a')
    await stop()
    expect(errors).toEqual([])
  })

  test('a volume that is there is reserved for the claim, and for no other', async () => {
    const { client, settle, stop } = await rig()
    await client.create(StorageClasses, hand)
    const made = await client.create(PersistentVolumes, pv('v', 'a', { storageClassName: 'hand' }))
    await client.updateStatus(PersistentVolumes, { ...made, status: { phase: 'Available' } })
    for (const name of ['c', 'd']) await client.create(PersistentVolumeClaims, pvc(name, { storageClassName: 'hand' }))
    await Promise.all([client.create(Pods, uses('p', 'c')), client.create(Pods, uses('q', 'd'))])
    await settle()
    expect((await client.get(PersistentVolumes, '', 'v')).spec.claimRef?.name).toBe('c')
    expect((await client.get(Pods, 'ns', 'q')).status?.conditions?.[0]?.message).toBe("0/1 nodes are available: 1 node(s) didn't find available persistent volumes to bind.")
    await stop()
  })

  test('one whose volume does not come is tried anew, and one whose claim is deleted at once', async () => {
    const { client, clock, settle, stop, errors } = await rig()
    for (const name of ['c', 'd']) await client.create(PersistentVolumeClaims, pvc(name))
    await client.create(Pods, uses('p', 'c'))
    await client.create(Pods, uses('q', 'd'))
    await settle()
    await client.delete(PersistentVolumeClaims, 'ns', 'd')
    await settle()
    expect(String(errors[0])).toContain('a claim of it ("d") was deleted')
    await clock.advance(60_000)
    await settle()
    expect(errors.map(String).join()).toContain('(claims "c") were not there within 60 s')
    await stop()
    expect(await place(client, 'p')).toBeUndefined()
  })
})
