import { matchesLabels } from '../../../common/kube/labels.ts'
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../common/kube/generated/core-v1.ts'
import { ConfigMaps, Nodes, PersistentVolumeClaims, PersistentVolumes, RuntimeClasses, Secrets, Services } from '../../../common/kube/kinds.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import { isPodReady } from '../../../common/kube/pods.ts'
import { claimNames } from '../../../common/kube/volumes.ts'
import type { Informers } from '../../client/informer.ts'
import type { Claims } from '../pod/claimed-volumes.ts'
import { referencesOf } from '../pod/sources.ts'
import type { Sources } from '../pod/sources.ts'

/** What pods' env and files are made from, read from the shared caches. */
export function cachedSources(informers: Informers): Sources {
  const configMaps = informers.for(ConfigMaps).lister
  const secrets = informers.for(Secrets).lister
  const services = informers.for(Services).lister
  const classes = informers.for(RuntimeClasses).lister
  return {
    configMap: (namespace, name) => configMaps.get(namespace, name),
    secret: (namespace, name) => secrets.get(namespace, name),
    services: (namespace) => services.list({ namespace }),
    runtimeClass: (name) => classes.get('', name),
  }
}

/** What is behind pods' claims, read from the shared caches. */
export function cachedClaims(informers: Informers): Claims {
  const claims = informers.for(PersistentVolumeClaims).lister
  const volumes = informers.for(PersistentVolumes).lister
  const nodes = informers.for(Nodes).lister
  return { claim: (namespace, name) => claims.get(namespace, name), volume: (name) => volumes.get('', name), node: (name) => nodes.get('', name) }
}

/** Calls `tell` with a pod's UID when a config map, secret or claim that it refers to appears or changes. Returns a function that ends it. */
export function watchSources(informers: Informers, pods: () => Iterable<Frozen<Pod>>, tell: (uid: string) => void): () => void {
  const told = (kind: 'configMaps' | 'secrets') => (object: Frozen<KubeObject>): void => {
    for (const pod of pods()) {
      if (pod.metadata.namespace === object.metadata.namespace && references(pod)[kind].has(object.metadata.name)) tell(pod.metadata.uid)
    }
  }
  const cache = new WeakMap<object, ReturnType<typeof referencesOf>>()
  const references = (pod: Frozen<Pod>): ReturnType<typeof referencesOf> => {
    let found = cache.get(pod.spec)
    if (found === undefined) cache.set(pod.spec, found = referencesOf(pod.spec))
    return found
  }
  const claimed = (namespace: string | undefined, name: string | undefined): void => {
    for (const pod of pods()) if (name !== undefined && pod.metadata.namespace === namespace && claimNames(pod).includes(name)) tell(pod.metadata.uid)
  }
  const claim = (object: Frozen<PersistentVolumeClaim>): void => claimed(object.metadata.namespace, object.metadata.name)
  const volume = ({ spec: { claimRef } }: Frozen<PersistentVolume>): void => claimed(claimRef?.namespace, claimRef?.name)
  const ends = [
    informers.for(PersistentVolumeClaims).addHandler({ onAdd: claim, onUpdate: claim }),
    informers.for(PersistentVolumes).addHandler({ onAdd: volume, onUpdate: volume }),
    informers.for(ConfigMaps).addHandler({ onAdd: told('configMaps'), onUpdate: told('configMaps') }),
    informers.for(Secrets).addHandler({ onAdd: told('secrets'), onUpdate: told('secrets') }),
  ]
  return () => ends.forEach((end) => end())
}

/** Does a Service send traffic to the pod? One that is not ready gets none. */
export function inService(informers: Informers, pod: Frozen<Pod>): boolean {
  const ready = isPodReady(pod)
  return ready && informers.for(Services).lister.list({ namespace: pod.metadata.namespace ?? '' }).some((s) => {
    const { selector } = s.spec ?? {}
    return selector !== undefined && Object.keys(selector).length > 0 && matchesLabels(pod.metadata.labels, selector)
  })
}
