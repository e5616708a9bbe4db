import type Docker from 'dockerode'
import { DockerLabel } from '../../common/docker-labels.ts'

/** A node's bridge, as the runtime made it. */
export interface PodBridge {
  bridge: string
  gateway: string
  podCidr: string
}

/** The cluster's pod network on this Docker, or undefined while the runtime has not made it yet. */
export async function findPodBridge(docker: Docker, clusterId: string): Promise<PodBridge | undefined> {
  const label = [`${DockerLabel.cluster}=${clusterId}`, `${DockerLabel.role}=network`]
  const [network] = await docker.listNetworks({ filters: { label } })
  if (network === undefined) return undefined
  const { Subnet: podCidr, Gateway: gateway } = network.IPAM?.Config?.[0] ?? {}
  const bridge = network.Options?.['com.docker.network.bridge.name'] ?? `br-${network.Id.slice(0, 12)}`
  if (podCidr === undefined || gateway === undefined) return undefined
  return { bridge, gateway: gateway.split('/')[0] ?? gateway, podCidr }
}
