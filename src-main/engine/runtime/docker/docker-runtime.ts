import type { Clock } from '../../../common/clock.ts'
import type { Host } from '../../../hosts/host.ts'
import type { NodeRuntime } from '../container-runtime.ts'
import { dockerContainers } from './docker-containers.ts'
import { dockerImages } from './docker-images.ts'
import { dockerResources } from './docker-resources.ts'
import { dockerStreams } from './docker-streams.ts'

/** The runtime of a node that is a Docker host, for one cluster. */
export function dockerRuntime(host: Host, clusterId: string, clock: Clock): NodeRuntime {
  return {
    containers: dockerContainers(host.docker, clusterId, clock),
    images: dockerImages(host.docker, clock),
    streams: dockerStreams(host.docker),
    resources: dockerResources(host.docker, clusterId),
  }
}
