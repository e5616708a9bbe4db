import { Readable } from 'node:stream'
import type Docker from 'dockerode'
import type { Clock } from '../../../common/clock.ts'
import { followDockerEvents } from '../../../hosts/docker-events.ts'
import { PullError } from '../container-runtime.ts'
import type { ImageStore, NodeImage } from '../container-runtime.ts'
import { sandboxImage } from '../sandbox-image/sandbox-image.ts'
import { dockerStatus } from '../../../hosts/docker-error.ts'
import { docking, translated } from './docker-error.ts'
import { followPull } from './docker-pull.ts'
import { SharedWork } from './shared-work.ts'

/** Images on one Docker. Pulls of the same image with the same credentials at the same time are one pull. */
export function dockerImages(docker: Docker, clock: Clock): ImageStore {
  const pulls = new SharedWork<NodeImage>()

  const inspect = async (reference: string): Promise<NodeImage | undefined> => {
    try {
      const image = await docker.getImage(reference).inspect()
      return { id: image.Id, digests: image.RepoDigests ?? [], tags: image.RepoTags ?? [], user: image.Config.User ?? '', sizeBytes: image.Size }
    } catch (error) {
      if (dockerStatus(error) === 404 || dockerStatus(error) === 400) return undefined
      throw translated(error)
    }
  }

  return {
    inspect,
    pull: (reference, { auth, onProgress, signal } = {}) => pulls.join(JSON.stringify([reference, auth]), { signal, onProgress }, async (tell, over) => {
      await followPull(docker, reference, auth, tell, over)
      const image = await inspect(reference)
      if (image === undefined) throw new PullError('other', `Docker says it pulled "${reference}" but does not have it. Try again.`)
      return image
    }),
    follow: (changed, signal) => followDockerEvents(docker, { type: ['image'] }, { onConnected: changed, onEvent: changed, onDisconnected: () => undefined }, clock, signal),
    async list() {
      const images = await docking(docker.listImages())
      return images.map((i) => ({ id: i.Id, digests: i.RepoDigests ?? [], tags: i.RepoTags ?? [], user: '', sizeBytes: i.Size }))
    },
    async ensureSandbox() {
      const { Architecture } = await docking(docker.info() as Promise<{ Architecture: string }>)
      const { reference, tar } = await sandboxImage(Architecture)
      if ((await inspect(reference)) === undefined) await drain(await docking(docker.loadImage(Readable.from([tar]))))
      return reference
    },
    async remove(id) {
      await docking(docker.getImage(id).remove() as Promise<unknown>)
    },
  }
}

async function drain(stream: NodeJS.ReadableStream): Promise<void> {
  for await (const _ of stream) { /* to its end */ }
}
