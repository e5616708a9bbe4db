import { clash } from '../../../common/ipv4.ts'
import { Nodes } from '../../../common/kube/kinds.ts'
import { NETWORKS_ANNOTATION } from '../../../common/kube/node-conditions.ts'
import type { Client } from '../../client/client.ts'
import type { NodeResources, PodNetwork } from '../container-runtime.ts'
import { choosePodCidr } from './pod-cidr.ts'

/** Where a node is among networks, as far as its pods' addresses go. */
interface Place {
  networks: readonly string[]
  mtu?: number
}

/**
 * The network of a node's pods: the one that is there, or a new one, clear of the server's own networks, Docker's, and those of all other nodes and their pods.
 * Rejects with a sentence where the server's own networks have the addresses of another node's pods.
 */
export async function choosePodNetwork({ client, nodeName, resources }: { client: Client; nodeName: string; resources: NodeResources }, place: Place): Promise<PodNetwork> {
  const nodes = (await client.list(Nodes)).items
  const others = nodes.filter((n) => n.metadata.name !== nodeName)
  for (const { metadata: { name }, spec: { podCIDR = '' } } of others) {
    const met = clash(podCIDR, place.networks)
    if (met !== undefined) throw new Error(`This server's own network ${met} has the same addresses as the pods on ${name} (${podCIDR}), so it cannot reach them. Give the server another network, or take ${name} out of the cluster, add this server first, then ${name} again.`)
  }
  const there = await resources.podNetwork()
  if (there !== undefined) return there
  const before = nodes.find((n) => n.metadata.name === nodeName)?.spec.podCIDR
  const taken = [
    ...await resources.takenNetworks(), ...place.networks,
    ...others.flatMap((n) => [n.spec.podCIDR ?? '', ...(n.metadata.annotations?.[NETWORKS_ANNOTATION] ?? '').split(',')]).filter((cidr) => cidr !== ''),
  ]
  // A node that lost its network gets the same one again where it still can.
  return resources.createPodNetwork(before !== undefined && !taken.includes(before) ? before : choosePodCidr(taken), place.mtu)
}
