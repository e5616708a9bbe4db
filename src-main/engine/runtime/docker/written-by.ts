import type Docker from 'dockerode'
import { DockerLabel } from '../../../common/docker-labels.ts'
import { docking } from './docker-error.ts'

/** What each container of a pod has written outside of volumes, bytes, by the container's name in the pod. Docker walks through the files for it. Fails as Docker does. */
export async function writtenBy(docker: Docker, podUid: string): Promise<ReadonlyMap<string, number>> {
  const listed = await docking(docker.listContainers({ all: true, size: true, filters: { label: [`${DockerLabel.podUid}=${podUid}`] } } as Docker.ContainerListOptions)) as (Docker.ContainerInfo & { SizeRw?: number })[]
  return new Map(listed.flatMap(({ Labels, SizeRw = 0 }) => (Labels[DockerLabel.container] === undefined ? [] : [[Labels[DockerLabel.container] ?? '', SizeRw]])))
}
