import type Docker from 'dockerode'
import { DockerLabel } from '../../common/docker-labels.ts'
import { removeHelper } from '../network/start-network.ts'

/** Takes away all that a cluster put on a Docker: rules and routes, containers, volumes, the network; and nothing else. Idempotent. */
export async function leaveDocker(docker: Docker, clusterId: string): Promise<void> {
  await removeHelper(docker, clusterId)
  const filters = { label: [`${DockerLabel.cluster}=${clusterId}`] }
  const containers = await docker.listContainers({ all: true, filters })
  await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true }).catch(ignoringGone)))
  const { Volumes } = await docker.listVolumes({ filters: JSON.stringify(filters) })
  // Those of PersistentVolumes are somebody's data: they stay.
  await Promise.all((Volumes ?? []).filter((v) => v.Labels[DockerLabel.volumeUid] === undefined).map(({ Name }) => docker.getVolume(Name).remove({ force: true }).catch(ignoringGone)))
  const networks = await docker.listNetworks({ filters })
  await Promise.all(networks.map(({ Id }) => docker.getNetwork(Id).remove().catch(ignoringGone)))
}

function ignoringGone(error: Error & { statusCode?: number }): void {
  if (error.statusCode !== 404) throw error
}
