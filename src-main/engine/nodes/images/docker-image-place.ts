import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { messageOf } from '../../../common/errors.ts'
import { orAborted } from '../../../common/or-aborted.ts'
import { DockerUnreachableError } from '../../../hosts/host.ts'
import type { Host } from '../../../hosts/host.ts'
import { progressLines } from '../../runtime/docker/progress-lines.ts'
import { ArchiveRefusedError } from './image-place.ts'
import type { ImagePlace, PlacedImage } from './image-place.ts'

/** A Docker host as a place of images. What is moved takes connections of its own. `name`: as in `server web-1`. */
export function dockerImagePlace(name: string, host: Host): ImagePlace {
  const { docker } = host
  const layersOf = new Map<string, readonly string[]>()
  const inspect = async (id: string): Promise<Docker.ImageInspectInfo | undefined> => docker.getImage(id).inspect().catch(ignoringMissing)
  return {
    name,
    async architecture(signal) {
      return (await orAborted(docker.version(), signal)).Arch
    },
    async find(reference, signal) {
      const image = await orAborted(inspect(reference), signal)
      return image === undefined ? undefined : placed(image)
    },
    async allLayers(signal) {
      const ids = (await orAborted(docker.listImages(), signal)).map(({ Id }) => Id)
      for (const id of layersOf.keys()) if (!ids.includes(id)) layersOf.delete(id)
      await Promise.all(ids.filter((id) => !layersOf.has(id)).map(async (id) => {
        const image = await orAborted(inspect(id), signal)
        if (image !== undefined) layersOf.set(id, placed(image).layers)
      }))
      return [...layersOf.values()]
    },
    async bytesAbove({ id, layers, sizeBytes }, from) {
      if (from === layers.length) return 0
      // The newest first; what made no layer has no size. Nor has an empty layer: then the sizes are not told apart.
      const sizes = (await docker.getImage(id).history() as { Size: number }[]).map(({ Size }) => Size).filter((size) => size > 0)
      return sizes.length === layers.length ? sizes.slice(0, layers.length - from).reduce((sum, size) => sum + size, 0) : sizeBytes
    },
    async save(imageId, signal) {
      const way = host.another()
      try {
        const answer = await orAborted(way.docker.getImage(imageId).get(), signal) as Readable
        signal.addEventListener('abort', () => answer.destroy(signal.reason as Error), { once: true })
        answer.once('close', () => void way.close())
        return answer
      } catch (error) {
        await way.close()
        throw error
      }
    },
    async load(archive, signal) {
      const way = host.another()
      try {
        const answer = await way.docker.loadImage(archive, { quiet: 1, abortSignal: signal } as Record<string, unknown>)
        for await (const _ of progressLines(answer as AsyncIterable<Buffer>)) { /* to its end */ }
      } catch (error) {
        signal.throwIfAborted()
        throw error instanceof DockerUnreachableError || (error as NodeJS.ErrnoException).code !== undefined ? error : new ArchiveRefusedError(messageOf(error), { cause: error })
      } finally {
        await way.close()
      }
    },
    async tag(imageId, reference) {
      const [, repo = reference, tag = 'latest'] = /^(.*):([^:/]+)$/.exec(reference) ?? []
      await docker.getImage(imageId).tag({ repo, tag })
    },
  }
}

function placed({ Id, RepoTags, RepoDigests, RootFS, Size, Created, Architecture }: Docker.ImageInspectInfo): PlacedImage {
  return { id: Id, tags: RepoTags ?? [], digests: RepoDigests ?? [], layers: RootFS?.Layers ?? [], sizeBytes: Size, createdAt: Date.parse(Created), architecture: Architecture }
}

function ignoringMissing(error: Error & { statusCode?: number }): undefined {
  if (error.statusCode !== 404 && error.statusCode !== 400) throw error
}
