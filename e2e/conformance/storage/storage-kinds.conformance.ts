import { expect } from 'vitest'
import type { Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import type { CSIDriver, CSINode, CSIStorageCapacity, StorageClass, VolumeAttachment } from '../../../src-main/common/kube/generated/storage-v1.ts'
import type { WatchEvent } from '../framework/cluster-client.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { nodesOf } from '../framework/lists.ts'
import { podOf, sh } from '../framework/pods.ts'
import { Lifecycle } from './lifecycle.ts'

// Kinds of storage.k8s.io, from creation to deletion. Bodies are as a typed program writes them: with what it leaves empty.

const STORAGE = '/apis/storage.k8s.io/v1'
const head = (kind: string): { apiVersion: string; kind: string } => ({ apiVersion: 'storage.k8s.io/v1', kind })
/** A typed program's metadata. */
const named = (name: string, more: object = {}): object => ({ name, creationTimestamp: null, ...more })

conformance('[sig-storage] CSINodes CSI Conformance should run through the lifecycle of a csinode', async (f) => {
  const nodes = new Lifecycle<CSINode>(f, `${STORAGE}/csinodes`)
  const body = (): object => ({ ...head('CSINode'), metadata: named(f.unique('e2e-csinode')), spec: { drivers: null } })
  const first = await nodes.create(body())
  const label = first.metadata.name
  await nodes.patchLabel(first, label, 'patched')
  expect(await nodes.listed(`${label}=patched`)).toHaveLength(1)
  await nodes.delete(first, `${label}=patched`)

  const second = await nodes.create(body())
  await nodes.updateLabel(second, second.metadata.name, 'updated')
  await nodes.deleteCollection(`${second.metadata.name}=updated`)
})

conformance('[sig-storage] StorageClasses CSI Conformance should run through the lifecycle of a StorageClass', async (f) => {
  const classes = new Lifecycle<StorageClass>(f, `${STORAGE}/storageclasses`)
  const body = (prefix: string): object => ({ ...head('StorageClass'), metadata: { generateName: prefix, creationTimestamp: null }, provisioner: 'e2e-fake-provisioner' })
  const first = await classes.create(body('e2e-'))
  expect(first).toMatchObject({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' })
  await classes.patchLabel(first, first.metadata.name, 'patched')
  await classes.delete(first, `${first.metadata.name}=patched`)

  const second = await classes.create(body('e2e-v2-'))
  await classes.updateLabel(second, second.metadata.name, 'updated')
  expect(await classes.listed(`${second.metadata.name}=updated`)).toHaveLength(1)
  await classes.deleteCollection(`${second.metadata.name}=updated`)
})

async function attachment(f: Framework): Promise<object> {
  const items = await nodesOf(f)
  const name = f.unique('va-e2e')
  return {
    ...head('VolumeAttachment'), metadata: named(name, { uid: name }),
    spec: { attacher: 'e2e-test.storage.k8s.io', nodeName: items[0]?.metadata.name, source: { persistentVolumeName: name.replace('va', 'pv') } }, status: { attached: false },
  }
}

conformance('[sig-storage] VolumeAttachment Conformance should run through the lifecycle of a VolumeAttachment', async (f) => {
  const attachments = new Lifecycle<VolumeAttachment>(f, `${STORAGE}/volumeattachments`)
  const first = await attachments.create(await attachment(f))
  const label = first.metadata.name
  await attachments.patchLabel(first, label, 'patched', 'merge')
  expect(await attachments.listed(`${label}=patched`)).toHaveLength(1)
  await attachments.delete(first, `${label}=patched`)

  for (let i = 0; i < 2; i++) await attachments.updateLabel(await attachments.create(await attachment(f)), label, 'updated')
  expect(await attachments.listed(`${label}=updated`)).toHaveLength(2)
  await attachments.deleteCollection(`${label}=updated`)
})

conformance('[sig-storage] VolumeAttachment Conformance should apply changes to a volumeattachment status', async (f) => {
  const attachments = new Lifecycle<VolumeAttachment>(f, `${STORAGE}/volumeattachments`)
  const made = await attachments.create(await attachment(f))
  const label = made.metadata.name
  await attachments.patchLabel(made, label, 'patched', 'merge')
  const status = `${attachments.one(made)}/status`
  expect((await f.client.get<VolumeAttachment>(status)).status).toEqual({ attached: false })
  expect((await f.client.patch<VolumeAttachment>(status, 'merge', { status: { attached: true } })).status).toEqual({ attached: true })
  expect((await attachments.update(made, (now) => ({ ...now, status: { ...now.status, attached: false } }), '/status')).status).toEqual({ attached: false })
  await attachments.delete(made, `${label}=patched`)
})

conformance('[sig-storage] CSIInlineVolumes should run through the lifecycle of a CSIDriver', async (f) => {
  const drivers = new Lifecycle<CSIDriver>(f, `${STORAGE}/csidrivers`)
  const labels = { 'e2e-test': f.namespace }
  const body = (modes: string[]): object => ({ ...head('CSIDriver'), metadata: named(f.unique('inline-driver'), { labels }), spec: { volumeLifecycleModes: modes, fsGroupPolicy: 'ReadWriteOnceWithFSType' } })
  const one = body(['Ephemeral'])
  const first = await drivers.create(one)
  const second = await drivers.create(body(['Persistent', 'Ephemeral']))
  expect(await f.client.ask('POST', `${STORAGE}/csidrivers`, { body: one })).toMatchObject({ code: 409, body: { reason: 'AlreadyExists' } })

  const label = second.metadata.name
  await drivers.patchLabel(second, label, 'patched')
  await drivers.updateLabel(second, label, 'updated')
  expect(await drivers.listed(`e2e-test=${f.namespace}`)).toHaveLength(2)
  await f.client.delete(drivers.one(first))
  expect(await f.client.ask('GET', drivers.one(first))).toMatchObject({ code: 404 })
  await drivers.deleteCollection(`${label}=updated`)
  expect(await f.client.ask('GET', drivers.one(second))).toMatchObject({ code: 404 })
})

conformance('[sig-storage] CSIInlineVolumes should support CSIVolumeSource in Pod API', async (f) => {
  const driver = 'e2e.example.com'
  const pod = podOf('pod-csi-inline-volumes', {
    volumes: [{ name: 'csi-inline-vol1', csi: { driver } }, { name: 'csi-inline-vol2', csi: { driver, fsType: 'ext4', readOnly: true } }],
    containers: [{ ...sh('ls /mnt/*'), volumeMounts: [{ name: 'csi-inline-vol1', mountPath: '/mnt/vol1' }, { name: 'csi-inline-vol2', mountPath: '/mnt/vol2' }] }],
  })
  const pods = new Lifecycle<Pod>(f, f.core('pods'))
  const made = await pods.create(pod)
  expect(made.spec.volumes?.slice(0, 2)).toEqual(pod.spec.volumes)
  expect(await f.client.ask('POST', f.core('pods'), { body: pod })).toMatchObject({ code: 409, body: { reason: 'AlreadyExists' } })
  expect((await f.client.get<{ items: Pod[] }>(f.core('pods'))).items).toHaveLength(1)
  expect((await f.client.patch<Pod>(pods.one(made), 'merge', { metadata: { annotations: { patched: 'true' } } })).metadata.annotations).toMatchObject({ patched: 'true' })
  await f.client.delete(pods.one(made))
  const { code, body } = await f.client.ask<Pod>('GET', pods.one(made))
  expect(code === 404 || body.metadata.deletionTimestamp !== undefined).toBe(true)
})

/** Reads a watch until what was patched or updated in it was seen, as well as what was added. */
async function sawAll(events: AsyncGenerator<WatchEvent<CSIStorageCapacity>, void, undefined>): Promise<string[]> {
  const seen = new Set<string>()
  for await (const { type, object } of events) {
    if (type === 'ADDED') seen.add('added')
    for (const word of ['patched', 'updated']) if (type === 'MODIFIED' && object.metadata.annotations?.[word] === 'true') seen.add(word)
    if (seen.size === 3) break
  }
  return [...seen].sort()
}

conformance('[sig-storage] CSIStorageCapacity should support CSIStorageCapacities API operations', async (f) => {
  const { groups } = await f.client.get<{ groups: { name: string; versions: { version: string }[] }[] }>('/apis')
  expect(groups.find(({ name }) => name === 'storage.k8s.io')?.versions).toContainEqual(expect.objectContaining({ version: 'v1' }))
  expect((await f.client.get<{ versions: object[] }>('/apis/storage.k8s.io')).versions).toContainEqual({ groupVersion: 'storage.k8s.io/v1', version: 'v1' })
  expect((await f.client.get<{ resources: object[] }>(STORAGE)).resources).toContainEqual(expect.objectContaining({ name: 'csistoragecapacities', namespaced: true }))

  const path = f.group('storage.k8s.io/v1', 'csistoragecapacities')
  const everywhere = `${STORAGE}/csistoragecapacities`
  const body = (suffix: string): object => ({ ...head('CSIStorageCapacity'), metadata: named(`${f.namespace}-${suffix}`, { labels: { test: f.namespace } }), storageClassName: 'e2e.example.com' })
  const selector = { labelSelector: `test=${f.namespace}` }
  const capacities = new Lifecycle<CSIStorageCapacity>(f, path)
  const first = await capacities.create(body('csc1'))
  expect(await f.client.ask('POST', path, { body: body('csc1') })).toMatchObject({ code: 409, body: { reason: 'AlreadyExists' } })
  await f.client.create(path, body('csc2'))
  const { metadata: { resourceVersion = '' } } = await f.client.get<{ metadata: { resourceVersion?: string } }>(path)
  const seen = [path, everywhere].map((of) => sawAll(f.client.watch<CSIStorageCapacity>(of, { ...selector, resourceVersion })))
  await f.client.create(path, body('csc3'))
  for (const of of [path, everywhere]) expect((await f.client.get<{ items: object[] }>(of, selector)).items).toHaveLength(3)

  const patched = await f.client.patch<CSIStorageCapacity>(capacities.one(first), 'merge', { metadata: { annotations: { patched: 'true' } } })
  expect(patched.metadata.annotations).toMatchObject({ patched: 'true' })
  const updated = await f.client.replace<CSIStorageCapacity>(capacities.one(first), { ...patched, metadata: { ...patched.metadata, annotations: { ...patched.metadata.annotations, updated: 'true' } } })
  expect(updated.metadata.annotations).toMatchObject({ updated: 'true' })
  expect(await Promise.all(seen)).toEqual([['added', 'patched', 'updated'], ['added', 'patched', 'updated']])

  await f.client.delete(capacities.one(first))
  expect(await f.client.ask('GET', capacities.one(first))).toMatchObject({ code: 404 })
  expect(await capacities.listed(selector.labelSelector)).toHaveLength(2)
  await f.client.delete(path, undefined, selector)
  expect(await capacities.listed(selector.labelSelector)).toEqual([])
})
