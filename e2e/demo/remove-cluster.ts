import Docker from 'dockerode'
import { DockerLabel } from '../../src-main/common/docker-labels.ts'
import { leaveDocker } from '../../src-main/engine/nodes/leave.ts'

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
    if (!before.has(id)) await leaveDocker(new Docker({ socketPath: dockerSocket }), id)
  }
}
