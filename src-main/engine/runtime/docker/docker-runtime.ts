import type { Clock } from '../../../common/clock.ts'
import type { Host } from '../../../hosts/host.ts'
import { ContainerHolds } from '../container-holds.ts'
import type { NodeRuntime } from '../container-runtime.ts'
import { dockerContainers } from './docker-containers.ts'
import { dockerImages } from './docker-images.ts'
import { dockerResources } from './docker-resources.ts'
import { dockerStreams } from './docker-streams.ts'

/** The runtime of a node that is a Docker host, for one cluster. No program begins in a container while `holds` says that it is held still. */
export function dockerRuntime(host: Host, clusterId: string, clock: Clock, holds = new ContainerHolds()): NodeRuntime {
  const streams = dockerStreams(host.docker)
  return {
    containers: dockerContainers(host.docker, clusterId, clock),
    images: dockerImages(host.docker, clock),
    streams: { ...streams, exec: (id, options) => holds.begin(id, () => streams.exec(id, options)) },
    resources: dockerResources(host.docker, clusterId),
  }
}
