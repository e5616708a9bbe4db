import type { VolumeLookup } from '../../common/kube/claim-data.ts'
import { Nodes, PersistentVolumeClaims, PersistentVolumes, StorageClasses } from '../../common/kube/kinds.ts'
import type { Informers } from './informer.ts'

/** Claims, volumes, classes and nodes as the caches show them. */
export function volumeLookup(informers: Informers): VolumeLookup {
  const claims = informers.for(PersistentVolumeClaims).lister
  const volumes = informers.for(PersistentVolumes).lister
  const classes = informers.for(StorageClasses).lister
  const nodes = informers.for(Nodes).lister
  return {
    claim: (namespace, name) => claims.get(namespace, name),
    volume: (name) => volumes.get('', name),
    storageClass: (name) => classes.get('', name),
    nodes: () => nodes.list(),
  }
}
