import { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { DockerUnreachableError } from '../../../hosts/host.ts'
import { PullError } from '../container-runtime.ts'
import type { ImageStore, NodeImage, RegistryAuth } from '../container-runtime.ts'
import { sandboxImage } from '../sandbox-image/sandbox-image.ts'
import { dockerMessage, dockerStatus, docking, translated } from './docker-error.ts'

/** Images on one Docker. Pulls of the same image with the same credentials at the same time are one pull. */
export function dockerImages(docker: Docker): ImageStore {
  const pulls = new Map<string, Promise<NodeImage>>()

  const inspect = async (reference: string): Promise<NodeImage | undefined> => {
    try {
      const image = await docker.getImage(reference).inspect()
      return { id: image.Id, digests: image.RepoDigests ?? [], tags: image.RepoTags ?? [], user: image.Config.User ?? '', sizeBytes: image.Size }
    } catch (error) {
      if (dockerStatus(error) === 404 || dockerStatus(error) === 400) return undefined
      throw translated(error)
    }
  }

  const pull = async (reference: string, auth?: RegistryAuth): Promise<NodeImage> => {
    await followPull(docker, reference, auth)
    const image = await inspect(reference)
    if (image === undefined) throw new PullError('other', `Docker says it pulled "${reference}" but does not have it. Try again.`)
    return image
  }

  return {
    inspect,
    pull(reference, auth) {
      const key = JSON.stringify([reference, auth])
      const running = pulls.get(key)
      if (running !== undefined) return running
      const started = pull(reference, auth).finally(() => pulls.delete(key))
      pulls.set(key, started)
      return started
    },
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

interface PullLine { error?: string; errorDetail?: { message?: string } }

async function followPull(docker: Docker, reference: string, auth: RegistryAuth | undefined): Promise<void> {
  try {
    const name = /(:[^/]+|@sha256:.*)$/.test(reference) ? reference : `${reference}:latest`
    const stream = await docker.createImage(auth ?? {}, { fromImage: name })
    let rest = ''
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const { error, errorDetail } = (line.trim() === '' ? {} : JSON.parse(line)) as PullLine
        if (error !== undefined) throw new Error(errorDetail?.message ?? error)
      }
    }
  } catch (error) {
    throw error instanceof DockerUnreachableError ? error : explainPull(reference, dockerMessage(error))
  }
}

const CAUSES: [RegExp, PullError['kind'], (reference: string) => string][] = [
  [/no space left on device/i, 'diskFull', (r) => `The node's disk is full: there is no room for image "${r}". Free space on the node (docker system df shows what takes it).`],
  [/invalid reference format|invalid tag/i, 'invalidName', (r) => `"${r}" is not a valid image name.`],
  [/pull access denied|requested access to the resource is denied/i, 'notFound', (r) => `There is no image "${r}", or it is private: check the name, or give the pod an image pull secret.`],
  [/unauthorized|authentication required|no basic auth|denied/i, 'unauthorized', (r) => `The registry refuses to hand out "${r}" without valid credentials: check the pod's image pull secret.`],
  [/manifest unknown|not found|manifest for .* not/i, 'notFound', (r) => `There is no image "${r}" in its registry: check the name and the tag.`],
  [/no such host|server misbehaving|connection refused|i\/o timeout|network is unreachable|TLS handshake|Client\.Timeout|EOF|no route to host|connection reset|request canceled|lookup /i,
    'unreachable', (r) => `The registry of "${r}" cannot be reached from the node: check its network and DNS.`],
  [/no matching manifest/i, 'notFound', (r) => `Image "${r}" has no variant for this node's processor.`],
]

/** Docker's sentence about a failed pull as one that says what to do, with Docker's own at its end. Pure. */
export function explainPull(reference: string, message: string): PullError {
  for (const [pattern, cause, sentence] of CAUSES) {
    if (pattern.test(message)) return new PullError(cause, `${sentence(reference)} (Docker: ${message})`)
  }
  return new PullError('other', `Image "${reference}" could not be pulled: ${message}`)
}

async function drain(stream: NodeJS.ReadableStream): Promise<void> {
  for await (const _ of stream) { /* to its end */ }
}
