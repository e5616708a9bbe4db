import { PersistentVolumeClaims, PersistentVolumes, StorageClasses } from '../../common/kube/kinds.ts'
import { LOCAL_CLASS } from '../../common/kube/volumes.ts'
import type { PersistentVolumeClaim } from '../../common/kube/generated/core-v1.ts'
import type { StorageClass } from '../../common/kube/generated/storage-v1.ts'
import type { Client } from '../../engine/client/client.ts'
import type { Plugins } from '../../engine/scheduler/framework.ts'
import { defaultPlugins } from '../../engine/scheduler/plugins/index.ts'
import { volumeBinding } from '../../engine/scheduler/plugins/volume-binding.ts'
import type { VolumeCaches } from '../../engine/scheduler/plugins/volume-binding.ts'

// A claim that is not there yet and comes with what is planned: its volume is made where its pod goes.
const AT = { uid: '', resourceVersion: '', creationTimestamp: '' }
const COMING_CLASS: StorageClass = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: LOCAL_CLASS, ...AT }, provisioner: '', volumeBindingMode: 'WaitForFirstConsumer' }
const coming = (namespace: string, name: string): PersistentVolumeClaim => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { namespace, name, ...AT }, spec: { storageClassName: LOCAL_CLASS } })

/** What decides where pods go, their claims' volumes as they are now included. `claimsCome`: claims that are missing are taken for ones that are made along. */
export async function pluginsWithVolumes(client: Client, { claimsCome }: { claimsCome: boolean }): Promise<Plugins> {
  const now = await volumesNow(client)
  const filter = volumeBinding({
    ...now, claim: (namespace, name) => now.claim(namespace, name) ?? (claimsCome ? coming(namespace, name) : undefined),
    storageClass: (name) => now.storageClass(name) ?? (claimsCome && name === LOCAL_CLASS ? COMING_CLASS : undefined),
    assumed: new Map(),
  })
  return { ...defaultPlugins, filters: [...defaultPlugins.filters, filter as Plugins['filters'][number]] }
}

/** Claims, volumes and classes as they are at this moment. */
export async function volumesNow(client: Client): Promise<Omit<VolumeCaches, 'assumed'>> {
  const [claims, volumes, classes] = await Promise.all([client.list(PersistentVolumeClaims), client.list(PersistentVolumes), client.list(StorageClasses)])
  return {
    claim: (namespace, name) => claims.items.find((c) => c.metadata.namespace === namespace && c.metadata.name === name),
    volume: (name) => volumes.items.find((v) => v.metadata.name === name), volumes: () => volumes.items,
    storageClass: (name) => classes.items.find((c) => c.metadata.name === name),
  }
}
