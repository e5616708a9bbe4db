import Docker from 'dockerode'
import { DockerLabel } from '../../src-main/common/docker-labels.ts'
import { removeHelper } from '../../src-main/engine/network/start-network.ts'

/** The IDs of the clusters that have something on a Docker. */
export async function clustersOn(dockerSocket: string): Promise<Set<string>> {
  const docker = new Docker({ socketPath: dockerSocket })
  const filters = { label: [DockerLabel.cluster] }
  const [containers, networks] = await Promise.all([docker.listContainers({ all: true, filters }), docker.listNetworks({ filters })])
  return new Set([...containers.map((c) => c.Labels[DockerLabel.cluster]), ...networks.map((n) => n.Labels?.[DockerLabel.cluster])].filter((id) => id !== undefined))
}

/** Removes everything of the clusters that were not there `before`: containers, volumes, networks, rules; and nothing else. */
export async function removeNewClusters(dockerSocket: string, before: ReadonlySet<string>): Promise<void> {
  for (const id of await clustersOn(dockerSocket)) {
    if (!before.has(id)) await removeCluster(new Docker({ socketPath: dockerSocket }), id)
  }
}

async function removeCluster(docker: Docker, id: string): Promise<void> {
  await removeHelper(docker, id)
  const filters = { label: [`${DockerLabel.cluster}=${id}`] }
  const containers = await docker.listContainers({ all: true, filters })
  await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })))
  const { Volumes } = await docker.listVolumes({ filters: JSON.stringify(filters) })
  await Promise.all((Volumes ?? []).map(({ Name }) => docker.getVolume(Name).remove({ force: true })))
  const networks = await docker.listNetworks({ filters })
  await Promise.all(networks.map(({ Id }) => docker.getNetwork(Id).remove()))
}
