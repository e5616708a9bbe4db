import { expect } from 'vitest'
import type { PersistentVolume, PersistentVolumeClaim } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { Lifecycle } from './lifecycle.ts'

// Volumes and claims as objects: no driver is behind them, so nothing of theirs is ever mounted.

interface Pair {
  volumes: Lifecycle<PersistentVolume>
  claims: Lifecycle<PersistentVolumeClaim>
  volume: PersistentVolume
  claim: PersistentVolumeClaim
  selector: string
}

/** A volume of a driver that is not there, and a claim for its class, which both have the test's name. */
async function pair(f: Framework): Promise<Pair> {
  const volumes = new Lifecycle<PersistentVolume>(f, '/api/v1/persistentvolumes')
  const claims = new Lifecycle<PersistentVolumeClaim>(f, f.core('persistentvolumeclaims'))
  const labels = { 'e2e-pv-pool': f.namespace }
  const volume = await volumes.create({
    apiVersion: 'v1', kind: 'PersistentVolume', metadata: { generateName: 'pv-', creationTimestamp: null, labels, annotations: { 'pv.beta.kubernetes.io/gid': '777' } },
    spec: {
      persistentVolumeReclaimPolicy: 'Retain', capacity: { storage: '2Gi' }, accessModes: ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany'], storageClassName: f.namespace,
      csi: { driver: `inline-driver-${f.namespace}`, volumeHandle: 'e2e-conformance' },
    },
    status: {},
  })
  const claim = await claims.create({
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { generateName: 'pvc-', namespace: f.namespace, creationTimestamp: null },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } }, storageClassName: f.namespace }, status: {},
  })
  return { volumes, claims, volume, claim, selector: `e2e-pv-pool=${f.namespace}` }
}

conformance('[sig-storage] PersistentVolumes CSI Conformance should run through the lifecycle of a PV and a PVC', async (f) => {
  const first = await pair(f)
  expect(await first.volumes.listed(first.selector)).toHaveLength(1)
  expect(await first.claims.listed('')).toHaveLength(1)
  const [volumeName, claimName] = [first.volume.metadata.name, first.claim.metadata.name]
  await first.volumes.patchLabel(first.volume, volumeName, 'patched')
  await first.claims.patchLabel(first.claim, claimName, 'patched')
  expect((await f.client.get<PersistentVolume>(first.volumes.one(first.volume))).metadata.uid).toBe(first.volume.metadata.uid)
  expect((await f.client.get<PersistentVolumeClaim>(first.claims.one(first.claim))).metadata.uid).toBe(first.claim.metadata.uid)
  await first.claims.delete(first.claim, `${claimName}=patched`)
  await first.volumes.delete(first.volume, `${volumeName}=patched`)

  const { volumes, claims, volume, claim } = await pair(f)
  await volumes.updateLabel(volume, volume.metadata.name, 'updated')
  await claims.updateLabel(claim, claim.metadata.name, 'updated')
  const everywhere = await f.client.get<{ items: unknown[] }>('/api/v1/persistentvolumeclaims', { labelSelector: `${claim.metadata.name}=updated` })
  expect(everywhere.items).toHaveLength(1)
  await claims.deleteCollection(`${claim.metadata.name}=updated`)
  await volumes.deleteCollection(`${volume.metadata.name}=updated`)
})

conformance('[sig-storage] PersistentVolumes CSI Conformance should apply changes to a pv/pvc status', async (f) => {
  const { volumes, claims, volume, claim, selector } = await pair(f)
  expect(await volumes.listed(selector)).toHaveLength(1)
  expect(await claims.listed('')).toHaveLength(1)
  const [volumePath, claimPath] = [volumes.one(volume), claims.one(claim)]
  expect((await f.client.get<PersistentVolumeClaim>(`${claimPath}/status`)).status?.phase).toMatch(/^(Pending|Bound)$/)
  expect((await f.client.get<PersistentVolume>(`${volumePath}/status`)).status?.phase).toMatch(/^(Pending|Available|Bound)$/)

  const condition = (type: string): object => ({ type, status: 'True', reason: 'E2E test', message: 'Set from e2e test', lastProbeTime: null, lastTransitionTime: null })
  const patchedClaim = await f.client.patch<PersistentVolumeClaim>(`${claimPath}/status`, 'merge', { status: { conditions: [condition('StatusPatched')] } })
  expect(patchedClaim.status?.conditions).toMatchObject([{ type: 'StatusPatched', reason: 'E2E test', message: 'Set from e2e test' }])
  const patchedVolume = await f.client.patch<PersistentVolume>(`${volumePath}/status`, 'merge', { status: { message: 'StatusPatched', reason: 'E2E patchStatus' } })
  expect(patchedVolume.status).toMatchObject({ message: 'StatusPatched', reason: 'E2E patchStatus' })

  const updatedClaim = await claims.update(claim, (now) => ({ ...now, status: { ...now.status, conditions: [...(now.status?.conditions ?? []), condition('StatusUpdated')] } }), '/status')
  expect(updatedClaim.status?.conditions?.map(({ type }) => type)).toEqual(['StatusPatched', 'StatusUpdated'])
  const updatedVolume = await volumes.update(volume, (now) => ({ ...now, status: { ...now.status, message: 'StatusUpdated', reason: 'E2E updateStatus' } }), '/status')
  expect(updatedVolume.status).toMatchObject({ message: 'StatusUpdated', reason: 'E2E updateStatus' })
})
