import { DockerLabel } from '../../common/docker-labels.ts'
import { hostOf } from './move-parts.ts'
import type { MoveParts } from './move-parts.ts'
import type { VolumePlace } from './parts-of-app.ts'

/** Which volumes a running container still has, by Docker's own word, as a sentence; undefined: none. `besides`: pods of this namespace may. A server that does not answer is asked again. */
export async function stillUsed(parts: MoveParts, places: readonly VolumePlace[], { besides }: { besides?: string }): Promise<string | undefined> {
  for (const { node, volume } of places) {
    const host = hostOf(parts, node)
    if (host === undefined) return `There is no way to the Docker of ${node}, where the volume ${volume} is: it cannot be seen whether somebody writes to it.`
    const running = await host.docker.listContainers({ filters: { volume: [volume] } }).catch((error: unknown) => error as Error)
    if (running instanceof Error) return `The Docker of ${node}, where the volume ${volume} is, does not answer: ${running.message}`
    const others = running.filter(({ Labels }) => besides === undefined || Labels[DockerLabel.podNamespace] !== besides)
    if (others.length > 0) return `The volume ${volume} on ${node} is still used by ${others.map(({ Names, Id }) => (Names[0] ?? Id).replace(/^\//, '')).join(', ')}.`
  }
  return undefined
}
