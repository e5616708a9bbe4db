import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../../common/kube/generated/core-v1.ts'
import { isPodTerminated } from '../../../common/kube/pods.ts'
import { allowsTopology, bestVolume } from '../../../common/kube/volume-match.ts'
import { allowsNode, claimNames, classOf, isFullyBound, isVolumeOf, SELECTED_NODE, VOLUME_BUSY, waitsForConsumer } from '../../../common/kube/volumes.ts'
import type { StorageClass } from '../../../common/kube/generated/storage-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { FilterPlugin } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'

/** Where the plugin finds claims, volumes and classes. */
export interface VolumeCaches {
  claim(namespace: string, name: string): Frozen<PersistentVolumeClaim> | undefined
  volume(name: string): Frozen<PersistentVolume> | undefined
  volumes(): readonly Frozen<PersistentVolume>[]
  storageClass(name: string): Frozen<StorageClass> | undefined
  /** Volumes that pods on their way to a node have taken, and the claims for which. */
  readonly assumed: ReadonlyMap<string, string>
}

/** A pod's claims, by what is to be done about them. */
interface Claims {
  /** Against every node; nothing else is asked then. */
  no: readonly string[]
  bound: { claim: Frozen<PersistentVolumeClaim>; volume: Frozen<PersistentVolume> }[]
  /** Wait for this pod's node. */
  unbound: { claim: Frozen<PersistentVolumeClaim>; storageClass: Frozen<StorageClass> }[]
}

/** What is to be done for a pod's claims on its chosen node. */
export interface VolumePlan {
  /** Volumes that are there, by claim. */
  bind: { claim: Frozen<PersistentVolumeClaim>; volume: Frozen<PersistentVolume> }[]
  /** Claims for which a volume is made on the node. */
  provision: Frozen<PersistentVolumeClaim>[]
}

const NODE_CONFLICT = 'node(s) had volume node affinity conflict'
const BIND_CONFLICT = "node(s) didn't find available persistent volumes to bind"
const ONE_POD = 'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode'

/** A pod goes where its volumes are; one whose claims wait for it goes where they can have one. In upstream's words. */
export function volumeBinding(caches: VolumeCaches): FilterPlugin<Claims> {
  return {
    name: 'VolumeBinding',
    wokenBy: ['node', 'volume', 'pod-gone'],
    prepare: ({ pod }, { nodes }) => (claimNames(pod).length === 0 ? undefined : claimsOf(pod, nodes, caches)),
    filter: (_, { node }, claims) => {
      if (claims.no.length > 0 || node === undefined) return claims.no
      const away = claims.bound.some(({ volume }) => !allowsNode(volume, node))
      const plan = away ? undefined : planFor(claims, node, caches)
      return [...(away ? [NODE_CONFLICT] : []), ...(away || plan !== undefined ? [] : [BIND_CONFLICT])]
    },
  }
}

/** What the pod's claims need on the node that was chosen; undefined where they have all they need, or could not have it (the filter said so). */
export function volumePlan(pod: Frozen<Pod>, node: Frozen<Node>, caches: VolumeCaches): VolumePlan | undefined {
  const claims = claimsOf(pod, [], caches)
  return claims.no.length > 0 || claims.unbound.length === 0 ? undefined : planFor(claims, node, caches)
}

function claimsOf(pod: Frozen<Pod>, nodes: readonly NodeInfo[], caches: VolumeCaches): Claims {
  const { namespace = '' } = pod.metadata
  const claims: Claims = { no: [], bound: [], unbound: [] }
  const unboundNow: string[] = []
  for (const name of new Set(claimNames(pod))) {
    const claim = caches.claim(namespace, name)
    if (claim === undefined) return { ...claims, no: [`persistentvolumeclaim "${name}" not found`] }
    if (claim.metadata.deletionTimestamp !== undefined) return { ...claims, no: [`persistentvolumeclaim "${name}" is being deleted`] }
    const busy = claim.metadata.annotations?.[VOLUME_BUSY]
    if (busy !== undefined) return { ...claims, no: [`persistentvolumeclaim "${name}" is being ${busy}`] }
    if (claim.status?.phase === 'Lost') return { ...claims, no: [`persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec.volumeName ?? ''}"`] }
    if (claim.spec.accessModes?.includes('ReadWriteOncePod') === true && isUsed(namespace, name, pod, nodes)) return { ...claims, no: [ONE_POD] }
    const storageClass = caches.storageClass(classOf(claim))
    if (isFullyBound(claim)) {
      const volume = caches.volume(claim.spec.volumeName ?? '')
      if (volume === undefined) return { ...claims, no: ['node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'] }
      claims.bound.push({ claim, volume })
    } else if (!claim.spec.volumeName && storageClass !== undefined && waitsForConsumer(storageClass)) claims.unbound.push({ claim, storageClass })
    else unboundNow.push(name)
  }
  return unboundNow.length === 0 ? claims : { ...claims, no: ['pod has unbound immediate PersistentVolumeClaims'] }
}

function isUsed(namespace: string, claim: string, by: Frozen<Pod>, nodes: readonly NodeInfo[]): boolean {
  return nodes.some((node) => [...node.pods.values()].some(({ pod }) =>
    pod.metadata.namespace === namespace && pod.metadata.uid !== by.metadata.uid && !isPodTerminated(pod) && claimNames(pod).includes(claim)))
}

function planFor({ unbound }: Claims, node: Frozen<Node>, caches: VolumeCaches): VolumePlan | undefined {
  const plan: VolumePlan = { bind: [], provision: [] }
  for (const { claim, storageClass } of unbound) {
    const selected = claim.metadata.annotations?.[SELECTED_NODE]
    // A volume is being made for it already: there or nowhere.
    if (selected !== undefined) {
      if (selected !== node.metadata.name) return undefined
      plan.provision.push(claim)
      continue
    }
    const taken = new Set([...caches.assumed].filter(([, uid]) => uid !== claim.metadata.uid).map(([name]) => name))
    for (const { volume } of plan.bind) taken.add(volume.metadata.name)
    const volumes = caches.volumes()
    const reserved = volumes.find((v) => v.spec.claimRef !== undefined && isVolumeOf(v, claim))
    const volume = reserved ?? bestVolume(claim, volumes, { node, taken })
    if (volume !== undefined) {
      if (!allowsNode(volume, node)) return undefined
      plan.bind.push({ claim, volume })
    } else if (storageClass.provisioner === 'kubernetes.io/no-provisioner' || !allowsTopology(storageClass, node)) return undefined
    else plan.provision.push(claim)
  }
  return plan
}
