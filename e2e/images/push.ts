import { digest, type Image } from './image.ts'

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
const CONFIG = 'application/vnd.docker.container.image.v1+json'
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip'

/**
 * Pushes an image to a registry (`ADDRESS:PORT`, plain HTTP) under all its names, without any Docker. A bare name such as `nginx`
 * goes where Docker Hub has it (`library/nginx`), so that a registry that mirrors the Hub serves it.
 */
export async function pushImage(registry: string, image: Image): Promise<void> {
  for (const name of image.names) {
    const { repository, tag } = split(name)
    const base = `http://${registry}/v2/${repository}`
    for (const layer of image.layers) await pushBlob(base, layer.blob, layer.digest)
    await pushBlob(base, image.config, digest(image.config))
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: CONFIG, size: image.config.length, digest: digest(image.config) },
      layers: image.layers.map((layer) => ({ mediaType: LAYER, size: layer.blob.length, digest: layer.digest })),
    }
    await expectOk(await fetch(`${base}/manifests/${tag}`, { method: 'PUT', headers: { 'content-type': MANIFEST }, body: JSON.stringify(manifest) }))
  }
}

async function pushBlob(base: string, blob: Uint8Array, blobDigest: string): Promise<void> {
  const there = await fetch(`${base}/blobs/${blobDigest}`, { method: 'HEAD' })
  if (there.ok) return
  const begun = await expectOk(await fetch(`${base}/blobs/uploads/`, { method: 'POST' }))
  const target = new URL(begun.headers.get('location') ?? '', base)
  target.searchParams.set('digest', blobDigest)
  await expectOk(await fetch(target, { method: 'PUT', headers: { 'content-type': 'application/octet-stream' }, body: blob as Uint8Array<ArrayBuffer> }))
}

async function expectOk(response: Response): Promise<Response> {
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${await response.text()}`)
  return response
}

function split(name: string): { repository: string; tag: string } {
  const [path = '', tag = 'latest'] = name.split(':')
  return { repository: path.includes('/') ? path : `library/${path}`, tag }
}
