import { createHash } from 'node:crypto'
import type { Manifest } from '../../convert/to-kubernetes/convert.ts'
import { DOCKER_VOLUME_DRIVER } from '../../common/kube/volumes.ts'
import type { VolumePlace } from './parts-of-app.ts'

/** Claims ask for sizes, Docker volumes have none. */
const SIZE = '1Gi'

/**
 * A claim with a Docker volume that is there behind it, on its server: the two name each other, so no other volume can come between. The volume outlives both (Retain). The name says where the
 * volume is, so that one claim can never be given another volume under the same name.
 */
export function claimOn(namespace: string, name: string, { node, volume }: VolumePlace, accessModes: readonly string[], labels: Readonly<Record<string, string>> | undefined, hostname: string): Manifest[] {
  const pv = volumeName(namespace, name, `${node}/${volume}`)
  return [
    {
      apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: pv },
      spec: {
        accessModes: [...accessModes], capacity: { storage: SIZE }, persistentVolumeReclaimPolicy: 'Retain', storageClassName: '',
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name }, csi: { driver: DOCKER_VOLUME_DRIVER, volumeHandle: `${node}/${volume}` },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [hostname] }] }] } },
      },
    } as Manifest,
    {
      apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace, ...(labels === undefined || Object.keys(labels).length === 0 ? {} : { labels: { ...labels } }) },
      spec: { accessModes: [...accessModes], resources: { requests: { storage: SIZE } }, storageClassName: '', volumeName: pv },
    } as Manifest,
  ]
}

function volumeName(namespace: string, claim: string, handle: string): string {
  return `moved-${namespace}-${claim}`.slice(0, 240) + `-${createHash('sha256').update(handle).digest('hex').slice(0, 8)}`
}
