import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Node, PersistentVolumeClaim, Pod } from '../../../common/kube/generated/core-v1.ts'
import { Nodes, PersistentVolumeClaims, PersistentVolumes, Pods, StorageClasses } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { VolumeBackups } from '../../../common/kube/volume-copies.ts'
import { EvictionController } from '../node-lifecycle/eviction-controller.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { volumeControllers } from './index.ts'
import { freshClaim } from './start-empty.ts'

let cluster: TestCluster
let running: { start(): void; stop(): Promise<void> }[]
beforeEach(async () => {
  cluster = new TestCluster()
  running = [new EvictionController(cluster.context), ...volumeControllers(cluster.context)]
  await cluster.informers.synced()
  for (const controller of running) controller.start()
  for (const name of ['a', 'b']) {
    const node = await cluster.client.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name } }, spec: {} })
    await cluster.client.updateStatus(Nodes, { ...node, status: { conditions: [{ type: 'Ready', status: 'True' }] } })
  }
})
afterEach(async () => {
  await Promise.all(running.map((c) => c.stop()))
  await cluster.stop()
})

/** A claim for which the scheduler has chosen a server. */
async function withDataOn(server: string): Promise<void> {
  await cluster.client.create(StorageClasses, { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'local' }, provisioner: 'toque.dev/docker-volume', volumeBindingMode: 'WaitForFirstConsumer', reclaimPolicy: 'Delete' })
  await cluster.client.create(PersistentVolumeClaims, {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'ns', annotations: { 'volume.kubernetes.io/selected-node': server } },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'local' },
  })
  await cluster.settle()
}

/** A pod on server a whose claim is bound there, by a class with this policy. */
async function withData(policy?: string): Promise<void> {
  const { client } = cluster
  await client.create(StorageClasses, { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'local' }, provisioner: 'toque.dev/docker-volume', volumeBindingMode: 'WaitForFirstConsumer', reclaimPolicy: 'Delete', ...(policy === undefined ? {} : { parameters: { 'on-server-loss': policy } }) })
  await client.create(PersistentVolumeClaims, {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'ns', finalizers: ['kubernetes.io/pvc-protection'], annotations: { 'volume.kubernetes.io/selected-node': 'a', mine: 'yes' } },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'local' },
  })
  await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'db', namespace: 'ns' }, spec: { nodeName: 'a', containers: [], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] }, status: { phase: 'Running' } })
  await cluster.settle()
  expect((await claim()).status?.phase).toBe('Bound')
}
async function lose(): Promise<void> {
  const node = await cluster.client.get(Nodes, '', 'a')
  const silent = await cluster.client.updateStatus(Nodes, { ...node, status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } })
  await cluster.client.update(Nodes, { ...silent, spec: { taints: [{ key: 'toque.dev/server-lost', effect: 'NoExecute' }] } } as Node)
  await cluster.settle()
}
const claim = (): Promise<Frozen<PersistentVolumeClaim>> => cluster.client.get(PersistentVolumeClaims, 'ns', 'data')
const pod = (): Promise<Frozen<Pod>> => cluster.client.get(Pods, 'ns', 'db')
const volumes = (): string[] => cluster.client.all(PersistentVolumes).map((v) => `${v.spec.csi?.volumeHandle.split('/')[0] ?? ''} ${v.status?.phase ?? ''} ${v.spec.persistentVolumeReclaimPolicy ?? ''}${v.metadata.deletionTimestamp === undefined ? '' : ' going'}`)
const say = async (what: 'pod' | 'claim'): Promise<void> => {
  const body = { metadata: { annotations: { 'toque.dev/on-server-loss': 'start-empty' } } }
  if (what === 'pod') await cluster.client.patch(Pods, 'ns', 'db', 'application/merge-patch+json', body)
  else await cluster.client.patch(PersistentVolumeClaims, 'ns', 'data', 'application/merge-patch+json', body)
  await cluster.settle()
}
async function startedEmpty(old: string): Promise<void> {
  const now = await claim()
  expect(now.metadata.uid).not.toBe(old)
  expect(now).toMatchObject({ metadata: { annotations: { mine: 'yes' } }, spec: { storageClassName: 'local' }, status: { phase: 'Pending' } })
  expect([now.spec.volumeName, now.metadata.annotations?.['volume.kubernetes.io/selected-node'], now.metadata.annotations?.['toque.dev/on-server-loss']]).toEqual([undefined, undefined, undefined])
  expect(volumes()).toEqual(['a Released Retain'])
  expect((await pod()).metadata.deletionTimestamp).toBeDefined()
}

test('it waits, and says so; when the server is back, it goes on', async () => {
  await withData()
  await lose()
  const { status, metadata } = await pod()
  expect(metadata.deletionTimestamp).toBeUndefined()
  expect(status).toMatchObject({ reason: 'WaitingForData', conditions: [{ type: 'toque.dev/WaitingForData', status: 'True' }] })
  expect(status?.message).toBe('Its data (claim "data") is on server a, which does not answer: it waits for that server. To start it elsewhere with an empty volume all the same (the present one is kept): kubectl annotate pvc data -n ns --overwrite toque.dev/on-server-loss=start-empty')
  await cluster.client.update(Nodes, { ...await cluster.client.get(Nodes, '', 'a'), spec: {} } as Node)
  await cluster.settle()
  expect((await pod()).status).toMatchObject({ conditions: [{ status: 'False' }] })
  expect((await pod()).status?.reason).toBeUndefined()
  expect(volumes()).toEqual(['a Bound Delete'])
})

test('a person lets go of the data, by the claim: it is made anew without a volume, the pod leaves, and the old volume is kept', async () => {
  await withData()
  await lose()
  const { metadata: { uid } } = await claim()
  await say('claim')
  await startedEmpty(uid)
  expect(cluster.failures).toEqual([])
})

test.each(['ask', 'wait'] as const)('a word about the pod counts where the class says ask, not where it says wait: %s', async (policy) => {
  await withData(policy)
  await lose()
  if (policy === 'ask') expect((await pod()).status?.message).toContain('Shall it start elsewhere with an empty volume')
  const { metadata: { uid } } = await claim()
  await say('pod')
  if (policy === 'ask') return startedEmpty(uid)
  expect([(await claim()).metadata.uid, (await pod()).metadata.deletionTimestamp, volumes()]).toEqual([uid, undefined, ['a Bound Delete']])
})

test('a word about a server that answers is none', async () => {
  await withData()
  const { metadata: { uid } } = await claim()
  await say('claim')
  expect([(await claim()).metadata.uid, volumes()]).toEqual([uid, ['a Bound Delete']])
  // It was said too early, and counts when the server is lost.
  await lose()
  await startedEmpty(uid)
})

test('a pod that takes the place of one that was deleted while it waited says the same, until the server is back', async () => {
  await withData()
  await lose()
  await cluster.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'next', namespace: 'ns' }, spec: { containers: [], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] }, status: { phase: 'Pending' } })
  await cluster.settle()
  const next = async (): Promise<Pod['status']> => (await cluster.client.get(Pods, 'ns', 'next')).status
  expect(await next()).toMatchObject({ phase: 'Pending', reason: 'WaitingForData', message: (await pod()).status?.message })
  const node = await cluster.client.get(Nodes, '', 'a')
  await cluster.client.updateStatus(Nodes, { ...node, status: { conditions: [{ type: 'Ready', status: 'True' }] } })
  await cluster.settle()
  expect(await next()).toMatchObject({ phase: 'Pending', conditions: [{ type: 'toque.dev/WaitingForData', status: 'False' }] })
  expect((await next())?.reason).toBeUndefined()
})

test('a claim that is bound at once waits for a server that is Ready, and has its volume as soon as there is one', async () => {
  const { client } = cluster
  const setReady = async (name: string, status: string): Promise<void> => {
    await client.updateStatus(Nodes, { ...await client.get(Nodes, '', name), status: { conditions: [{ type: 'Ready', status }] } })
    await cluster.settle()
  }
  for (const name of ['a', 'b']) await setReady(name, 'Unknown')
  await client.create(StorageClasses, { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'now' }, provisioner: 'toque.dev/docker-volume', volumeBindingMode: 'Immediate', reclaimPolicy: 'Retain' })
  await client.create(PersistentVolumeClaims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'ns' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'now' } })
  await cluster.settle()
  expect(cluster.events.at(-1)).toContain('No server that is Ready and takes new pods can have the volume.')
  await setReady('b', 'True')
  expect(volumes()).toEqual(['b Bound Retain'])
})

test('a server that was chosen and leaves the cluster is chosen no more', async () => {
  await withDataOn('gone')
  expect((await claim()).metadata.annotations?.['volume.kubernetes.io/selected-node']).toBeUndefined()
  expect(volumes()).toEqual([])
})

test('whatever is interrupted, neither the claim nor the data is lost', async () => {
  await withData()
  await lose()
  const { metadata: { uid } } = await claim()
  const failed: string[] = []
  await cluster.client.patch(PersistentVolumeClaims, 'ns', 'data', 'application/merge-patch+json', { metadata: { annotations: { 'toque.dev/on-server-loss': 'start-empty' } } })
  cluster.client.intercept = (verb, resource) => {
    // Each of the steps fails once.
    if (resource.kind !== 'PersistentVolumeClaim' || !['create', 'patch', 'delete'].includes(verb) || failed.includes(verb)) return
    failed.push(verb)
    throw new Error('power cut')
  }
  await cluster.settle()
  // Engines that begin anew, with the claim half gone.
  await cluster.clock.advance(10_000)
  await cluster.settle()
  expect(failed.sort()).toEqual(['create', 'delete', 'patch'])
  await startedEmpty(uid)
})

test('a claim of a server path has its data there, whatever its volume says; one of a share has it everywhere', async () => {
  const { client } = cluster
  const user = async (name: string, spec: object): Promise<void> => {
    await client.create(PersistentVolumes, { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], claimRef: { namespace: 'ns', name }, ...spec } })
    await client.create(PersistentVolumeClaims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'ns' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: '', volumeName: name } })
    await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns' }, spec: { nodeName: 'a', containers: [], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: name } }] }, status: { phase: 'Running' } })
  }
  await user('path', { hostPath: { path: '/srv' } })
  await user('share', { nfs: { server: 'nas', path: '/srv' } })
  await cluster.settle()
  await lose()
  expect(cluster.client.all(Pods).map((p) => `${p.metadata.name} ${p.metadata.deletionTimestamp === undefined ? 'waits' : 'leaves'}`)).toEqual(['path waits', 'share leaves'])
})

test('an engine that begins lets go of what an earlier one was doing to a volume, and of nothing that is begun after it', async () => {
  await withData()
  const busy = (value: string): Promise<unknown> => cluster.client.patch(PersistentVolumeClaims, 'ns', 'data', 'application/merge-patch+json', { metadata: { annotations: { 'toque.dev/volume-busy': value } } })
  const isBusy = async (): Promise<boolean> => (await claim()).metadata.annotations?.['toque.dev/volume-busy'] !== undefined
  await busy('moved to server b')
  await cluster.settle()
  expect(await isBusy()).toBe(true)
  await Promise.all(running.map((c) => c.stop()))
  running = volumeControllers(cluster.context)
  for (const controller of running) controller.start()
  await cluster.settle()
  expect([await isBusy(), cluster.events.at(-1)]).toEqual([false, 'PersistentVolumeClaim/data Warning VolumeWorkAbandoned: It was being moved to server b when the engine ended. That was given up: its data is as it was before.'])
})

/** A backup of the claim that is over; minutes into the year. */
async function copy(name: string, minute: number, { phase = 'Succeeded', server }: { phase?: 'Succeeded' | 'Failed'; server?: string } = {}): Promise<void> {
  const target = server === undefined ? { folder: { path: '/b' } } : { server: { name: server } }
  const made = await cluster.client.create(VolumeBackups, { apiVersion: 'toque.dev/v1', kind: 'VolumeBackup', metadata: { name, namespace: 'ns' }, spec: { claimName: 'data', target } })
  await cluster.client.updateStatus(VolumeBackups, { ...made, status: { phase, startTime: `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z` } })
  await cluster.settle()
}
async function sayOff(): Promise<void> {
  const node = await cluster.client.get(Nodes, '', 'a')
  await cluster.client.update(Nodes, { ...node, spec: { taints: [...node.spec?.taints ?? [], { key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] } } as Node)
  await cluster.settle()
}

describe('restore', () => {
  test('waits while the server is only silent, however long: it may still be writing', async () => {
    await withData('restore')
    await copy('b', 1)
    await lose()
    await cluster.clock.advance(3_600_000)
    expect([(await claim()).spec.dataSourceRef, volumes()]).toEqual([undefined, ['a Bound Delete']])
    expect((await pod()).status?.message).toContain('Its newest copy is restored elsewhere once it is certain that the server is off')
  })

  test('once it is off: the claim is made anew of its newest good copy that is elsewhere; the old volume is kept; when the server is back, that is told once', async () => {
    await withData('restore')
    await copy('old', 1)
    await copy('newest', 5)
    await copy('failed', 7, { phase: 'Failed' })
    await copy('lost-too', 9, { server: 'a' })
    const { metadata: { uid } } = await claim()
    await lose()
    await sayOff()
    const now = await claim()
    expect(now.metadata.uid).not.toBe(uid)
    expect([now.spec.dataSourceRef, now.spec.volumeName, now.metadata.annotations?.['mine']]).toEqual([{ apiGroup: 'toque.dev', kind: 'VolumeBackup', name: 'newest' }, undefined, 'yes'])
    expect(volumes()).toEqual(['a Released Retain'])
    expect(cluster.events.find((e) => e.includes('RestoredFromCopy'))).toMatch(/made anew of the backup "newest" of 2026-01-01T00:05:00Z\. What was written after that is only on that server, in the volume pvc-.*which is kept/)
    const node = await cluster.client.get(Nodes, '', 'a')
    await cluster.client.updateStatus(Nodes, { ...node, status: { conditions: [{ type: 'Ready', status: 'True' }] } })
    await cluster.settle()
    await cluster.client.update(Nodes, { ...await cluster.client.get(Nodes, '', 'a'), spec: {} } as Node)
    await cluster.settle()
    expect(cluster.events.filter((e) => e.includes('OldDataIsBack'))).toHaveLength(1)
    expect([volumes()[0], cluster.failures]).toEqual(['a Released Retain', []])
  })

  test('without a copy it waits and says so, and goes on when one can be had', async () => {
    await withData('restore')
    await lose()
    await sayOff()
    expect([volumes(), cluster.events.filter((e) => e.includes('NoCopyToRestore')).length]).toEqual([['a Bound Delete'], 1])
    await copy('late', 3)
    expect((await claim()).spec.dataSourceRef?.name).toBe('late')
  })

  test('a claim that says wait is not restored; one that starts empty after a restore starts empty', async () => {
    await withData()
    await copy('b', 1)
    await lose()
    await sayOff()
    expect(volumes()).toEqual(['a Bound Delete'])
    const fresh = freshClaim({ ...await claim(), spec: { ...(await claim()).spec, dataSourceRef: { apiGroup: 'toque.dev', kind: 'VolumeBackup', name: 'b' } } })
    expect(fresh.spec.dataSourceRef).toBeUndefined()
  })
})

test('a claim of a copy gets a volume that says so, once the copy is there; never one that was there before', async () => {
  const { client } = cluster
  await client.create(StorageClasses, { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'local' }, provisioner: 'toque.dev/docker-volume', volumeBindingMode: 'Immediate', reclaimPolicy: 'Delete' })
  await client.create(PersistentVolumes, { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'free' }, spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, storageClassName: 'local', hostPath: { path: '/x' } } })
  await cluster.settle()
  const make = (name: string, dataSourceRef: { apiGroup: string; kind: string; name: string }): Promise<unknown> => client.create(PersistentVolumeClaims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'ns' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'local', dataSourceRef } })
  await make('data', { apiGroup: 'toque.dev', kind: 'VolumeBackup', name: 'b' })
  await make('other', { apiGroup: '', kind: 'PersistentVolumeClaim', name: 'b' })
  await cluster.settle()
  expect([...new Set(cluster.events.filter((e) => e.includes('ProvisioningFailed')))]).toEqual([expect.stringContaining('There is no VolumeBackup "b" in ns.'), expect.stringContaining('not of a PersistentVolumeClaim.')])
  await copy('b', 1)
  const { spec } = await claim()
  expect(JSON.parse((await client.get(PersistentVolumes, '', spec.volumeName ?? '')).metadata.annotations?.['toque.dev/volume-source'] ?? '')).toEqual({ kind: 'VolumeBackup', namespace: 'ns', name: 'b' })
})
