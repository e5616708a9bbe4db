import type Docker from 'dockerode'
import { DockerLabel } from '../../../common/docker-labels.ts'
import type { NodeResources, PodNetwork } from '../container-runtime.ts'
import { dockerStatus } from '../../../hosts/docker-error.ts'
import { docking, translated } from './docker-error.ts'

interface Info {
  Name: string; Architecture: string; OSType: string; OperatingSystem: string; KernelVersion: string; ServerVersion: string
  ID: string; NCPU: number; MemTotal: number; DockerRootDir: string
}
interface Network {
  Name: string
  IPAM?: { Config?: { Subnet?: string; Gateway?: string }[] | null }
  Options?: Record<string, string> | null
}

const BRIDGE_OPTION = 'com.docker.network.bridge.name'

/** The pod network, volumes and facts of one Docker. */
export function dockerResources(docker: Docker, clusterId: string): NodeResources {
  const short = clusterId.replaceAll('-', '').slice(0, 8)
  const name = `toque-${short}`
  const cluster = `${DockerLabel.cluster}=${clusterId}`

  const podNetwork = async (): Promise<PodNetwork | undefined> => {
    const found = await docking(docker.listNetworks({ filters: { label: [cluster, `${DockerLabel.role}=network`] } }) as Promise<unknown>) as Network[]
    return found[0] === undefined ? undefined : described(found[0])
  }

  return {
    podNetwork,
    async ping() {
      await docking(docker.ping() as Promise<unknown>)
    },
    async info() {
      const i = await docking(docker.info() as Promise<Info>)
      return {
        hostname: i.Name, architecture: i.Architecture, operatingSystem: i.OSType, osImage: i.OperatingSystem, kernelVersion: i.KernelVersion,
        runtimeVersion: i.ServerVersion, machineId: i.ID, cpus: i.NCPU, memoryBytes: i.MemTotal, rootDir: i.DockerRootDir,
      }
    },
    async takenNetworks() {
      const all = await docking(docker.listNetworks() as Promise<unknown>) as Network[]
      return all.flatMap((n) => (n.IPAM?.Config ?? []).flatMap((c) => c.Subnet ?? []))
    },
    async createPodNetwork(cidr, mtu) {
      const gateway = cidr.replace(/\.\d+\/\d+$/, '.1')
      await docking(docker.createNetwork({
        Name: name, Driver: 'bridge', CheckDuplicate: true, IPAM: { Driver: 'default', Config: [{ Subnet: cidr, Gateway: gateway }] },
        Options: {
          [BRIDGE_OPTION]: `toque${short}`,
          // Pods see each other's own addresses; what leaves the pod network is masqueraded by the network's rules.
          'com.docker.network.bridge.enable_ip_masquerade': 'false',
          'com.docker.network.bridge.enable_icc': 'true',
          ...(mtu === undefined ? {} : { 'com.docker.network.driver.mtu': String(mtu) }),
        },
        Labels: { [DockerLabel.cluster]: clusterId, [DockerLabel.role]: 'network', [DockerLabel.schema]: '1' },
      }))
      const made = await podNetwork()
      if (made === undefined) throw new Error(`Docker made the network "${name}" but does not list it`)
      return made
    },
    async volumes() {
      const { Volumes } = await docking(docker.listVolumes({ filters: { label: [cluster, DockerLabel.podUid] } }))
      return Volumes.map((v) => ({ name: v.Name, podUid: v.Labels[DockerLabel.podUid] ?? '' }))
    },
    async hasVolume(volume) {
      try {
        await docker.getVolume(volume).inspect()
        return true
      } catch (error) {
        if (dockerStatus(error) === 404) return false
        throw translated(error)
      }
    },
    async createVolume(volume, labels) {
      await docking(docker.createVolume({ Name: volume, Driver: 'local', Labels: labels }))
    },
    async removeVolume(volume) {
      try {
        await docker.getVolume(volume).remove()
      } catch (error) {
        if (dockerStatus(error) !== 404) throw translated(error)
      }
    },
  }
}

function described(network: Network): PodNetwork {
  const { Subnet: cidr = '', Gateway: gateway = '' } = network.IPAM?.Config?.[0] ?? {}
  return { name: network.Name, cidr, gateway: gateway.split('/')[0] ?? '', bridge: network.Options?.[BRIDGE_OPTION] ?? '' }
}
