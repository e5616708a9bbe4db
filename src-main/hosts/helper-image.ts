import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { pack } from 'tar-stream'
import { messageOf } from '../common/errors.ts'

/** The node helper's image: stock tools only. */
export const HELPER_IMAGE = 'toque/node-helper:3'

/** Where the helper's image comes from. */
export interface HelperImage {
  /** The image's name; pulled if some registry has it, else built from the recipe. */
  image: string
  /** The folder with the Dockerfile (resources/node-helper). */
  recipe: string
}

/** Sees to it that a server has the image: present, or pulled, or built there. Rejects with a sentence. A build takes a minute or two. */
export async function ensureHelperImage(docker: Docker, { image, recipe }: HelperImage): Promise<void> {
  if (await docker.getImage(image).inspect().then(() => true, () => false)) return
  const pulled = await docker.pull(image).then((stream) => finished(docker, stream)).then(() => undefined, (error: unknown) => messageOf(error))
  if (pulled === undefined) return
  const context = Readable.from([await tarOf({ Dockerfile: await readFile(join(recipe, 'Dockerfile'), 'utf8') })])
  const built = await docker.buildImage(context, { t: image }).then((stream) => finished(docker, stream)).then(() => undefined, (error: unknown) => messageOf(error))
  if (built === undefined) return
  throw new Error(
    `the node helper's image ${image} is not on this server, could not be pulled (${pulled}) and could not be built there (${built}); `
    + 'give the server access to a registry, or load the image with `docker load`.')
}

/** An archive of scripts: name and text. */
export async function tarOf(files: Record<string, string>): Promise<Buffer> {
  const archive = pack()
  for (const [name, text] of Object.entries(files)) archive.entry({ name, mode: 0o755 }, text)
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function finished(docker: Docker, stream: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(stream, (error: Error | null, output: { error?: string }[]) => {
      const failed = error ?? output.find((line) => line.error !== undefined)
      if (failed === undefined) resolve()
      else reject(failed instanceof Error ? failed : new Error(failed.error ?? 'failed'))
    })
  })
}
