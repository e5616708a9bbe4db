import { isConditionTrue } from './conditions.ts'
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from './generated/core-v1.ts'
import type { StorageClass } from './generated/storage-v1.ts'
import { ON_SERVER_LOSS } from './local-data.ts'
import type { Frozen } from './object.ts'
import { allowsNode, claimNames, classOf, dockerVolumeOf, isVolumeOf } from './volumes.ts'

/** The parameter of a StorageClass that says what becomes of its volumes' pods when the server is lost; the annotation ON_SERVER_LOSS of a claim goes first. */
export const ON_SERVER_LOSS_PARAMETER = 'on-server-loss'
/** `wait`: for the server, whatever its pods say. `ask`: wait too, but a person may let go of the data, on the pod as well. `restore`: its newest copy takes its place elsewhere, once it is certain that the server is off; it waits where there is none. */
export const SERVER_LOSS_POLICIES = ['wait', 'ask', 'restore'] as const
export type ServerLossPolicy = (typeof SERVER_LOSS_POLICIES)[number]
/** A person's word, in ON_SERVER_LOSS of a claim (or, with `ask`, of the pod): let go of the data, start with an empty volume elsewhere. */
export const START_EMPTY = 'start-empty'

/** Where claims, volumes and classes are looked up. */
export interface VolumeLookup {
  claim(namespace: string, name: string): Frozen<PersistentVolumeClaim> | undefined
  volume(name: string): Frozen<PersistentVolume> | undefined
  storageClass(name: string): Frozen<StorageClass> | undefined
  nodes(): readonly Frozen<Node>[]
}

/** A claim whose data is on one server and nowhere else. */
export interface HeldClaim {
  claim: Frozen<PersistentVolumeClaim>
  volume: Frozen<PersistentVolume>
  policy: ServerLossPolicy
  /** A person let go of the data. */
  letGo: boolean
}

/** Is it a policy? */
export function isServerLossPolicy(text: string): text is ServerLossPolicy {
  return (SERVER_LOSS_POLICIES as readonly string[]).includes(text)
}

/** What is to become of a claim's pods when its server is lost: as the claim says, else its class, else `wait`. */
export function serverLossPolicy(claim: Frozen<PersistentVolumeClaim>, storageClass: Frozen<StorageClass> | undefined): ServerLossPolicy {
  const said = [claim.metadata.annotations?.[ON_SERVER_LOSS], storageClass?.parameters?.[ON_SERVER_LOSS_PARAMETER]]
  return said.find((word): word is ServerLossPolicy => word !== undefined && isServerLossPolicy(word)) ?? 'wait'
}

/** The pod's claims whose data is on its server only. Empty for a pod without a node. Pure. */
export function claimsHeldOn(pod: Frozen<Pod>, lookup: VolumeLookup): HeldClaim[] {
  const { nodeName = '' } = pod.spec
  if (nodeName === '') return []
  return claimNames(pod).flatMap((name) => {
    const claim = lookup.claim(pod.metadata.namespace ?? '', name)
    const volume = claim === undefined ? undefined : lookup.volume(claim.spec.volumeName ?? '')
    if (claim === undefined || volume === undefined || !isVolumeOf(volume, claim) || !isOnlyOn(volume, nodeName, lookup.nodes())) return []
    const policy = serverLossPolicy(claim, lookup.storageClass(classOf(claim)))
    return [{ claim, volume, policy, letGo: saysStartEmpty(claim) || (policy === 'ask' && saysStartEmpty(pod)) }]
  })
}

/** What a pod without a node waits for, as a sentence, where servers that do not answer (or are no more) have its claims' data; undefined: nothing of that kind. Pure. */
export function claimsAwayFrom(pod: Frozen<Pod>, lookup: VolumeLookup): string | undefined {
  const nodes = lookup.nodes()
  for (const name of claimNames(pod)) {
    const claim = lookup.claim(pod.metadata.namespace ?? '', name)
    const volume = claim === undefined ? undefined : lookup.volume(claim.spec.volumeName ?? '')
    if (claim === undefined || volume?.spec.nodeAffinity?.required === undefined || !isVolumeOf(volume, claim)) continue
    const places = nodes.filter((node) => allowsNode(volume, node))
    if (places.some((node) => isConditionTrue(node.status?.conditions, 'Ready'))) continue
    const server = places[0]?.metadata.name ?? dockerVolumeOf(volume)?.node ?? 'that is not part of the cluster any more'
    return heldMessage([{ claim, volume, policy: serverLossPolicy(claim, lookup.storageClass(classOf(claim))), letGo: saysStartEmpty(claim) }], server)
  }
  return undefined
}

/** Is the volume's data on this server and on no other? A path of a server is another thing on each, whatever the volume says. */
export function isOnlyOn(volume: Frozen<PersistentVolume>, node: string, nodes: readonly Frozen<Node>[]): boolean {
  if (volume.spec.hostPath !== undefined) return true
  return volume.spec.nodeAffinity?.required !== undefined && !nodes.some((other) => other.metadata.name !== node && allowsNode(volume, other))
}

/** Is it a person's word to let go of the data? */
export function saysStartEmpty({ metadata }: { metadata: { annotations?: Record<string, string> } }): boolean {
  return metadata.annotations?.[ON_SERVER_LOSS] === START_EMPTY
}

/** What a claim's pod waits for, and how to answer, as a sentence. */
export function heldMessage(held: readonly HeldClaim[], server: string): string {
  const [first] = held
  const names = held.map(({ claim }) => `"${claim.metadata.name}"`).join(', ')
  const command = `kubectl annotate pvc ${first?.claim.metadata.name ?? ''} -n ${first?.claim.metadata.namespace ?? ''} --overwrite ${ON_SERVER_LOSS}=${START_EMPTY}`
  const restores = held.some(({ policy }) => policy === 'restore')
  const certain = restores ? ` Its newest copy is restored elsewhere once it is certain that the server is off, so that two never write to it: switch it off, then say so: kubectl taint node ${server} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute.` : ''
  const ask = held.some(({ policy }) => policy === 'ask') ? 'Shall it start elsewhere with an empty volume (the present one is kept)? Then:' : 'To start it elsewhere with an empty volume all the same (the present one is kept):'
  return `Its data (claim ${names}) is on server ${server}, which does not answer: it waits for that server.${certain} ${ask} ${command}`
}
