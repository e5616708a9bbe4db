import { createHash } from 'node:crypto'
import { createGzip } from 'node:zlib'
import { buffer } from 'node:stream/consumers'
import { pack, type Header } from 'tar-stream'

/** One file of an image. Exactly one of content, linkTo and directory says what it is. */
export interface ImageFile {
  /** Absolute path in the image. Folders above it are made. */
  path: string
  content?: Uint8Array | string
  /** A symbolic link to this. */
  linkTo?: string
  directory?: true
  /** Default 0o644 for files, 0o755 for folders. */
  mode?: number
  uid?: number
  gid?: number
}

/** What Docker should do with an image, in Docker's own words (`docker inspect`, `Config`). */
export interface ImageConfig {
  Entrypoint?: string[]
  Cmd?: string[]
  Env?: string[]
  ExposedPorts?: Record<string, Record<string, never>>
  StopSignal?: string
  User?: string
  WorkingDir?: string
  Labels?: Record<string, string>
}

export interface Layer {
  /** gzipped tar. */
  blob: Buffer
  /** `sha256:...` of the blob, and of the tar inside. */
  digest: string
  diffId: string
}

/** An image in memory. The same recipe always gives the same bytes. */
export interface Image {
  /** `nginx:latest`, `toque/testapp:v1`; several names share everything. */
  names: readonly string[]
  layers: readonly Layer[]
  config: Buffer
}

const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export function digest(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** Packs files into one layer: sorted, without times, so that it depends on nothing but them. */
export async function makeLayer(files: readonly ImageFile[]): Promise<Layer> {
  const tar = pack()
  for (const file of withFolders(files)) {
    const content = typeof file.content === 'string' ? Buffer.from(file.content) : Buffer.from(file.content ?? [])
    const type = file.linkTo !== undefined ? 'symlink' : file.directory === true ? 'directory' : 'file'
    const header: Partial<Header> & { name: string } = {
      name: file.path.slice(1), type, size: content.length, mtime: new Date(0),
      mode: file.mode ?? (type === 'file' ? 0o644 : 0o755), uid: file.uid ?? 0, gid: file.gid ?? 0,
    }
    if (file.linkTo !== undefined) header.linkname = file.linkTo
    tar.entry(header, content)
  }
  tar.finalize()
  const plain = await buffer(tar)
  const gzip = createGzip({ level: 6 })
  gzip.end(plain)
  const blob = await buffer(gzip)
  return { blob, digest: digest(blob), diffId: digest(plain) }
}

/** Puts layers and settings together; `base` lies below. */
export function makeImage(names: readonly string[], layers: readonly Layer[], config: ImageConfig, base?: Image): Image {
  const all = [...(base?.layers ?? []), ...layers]
  const below = base === undefined ? {} : (JSON.parse(base.config.toString()) as { config: ImageConfig }).config
  const described = {
    architecture: { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch,
    os: 'linux',
    created: '2026-01-01T00:00:00Z',
    config: { Env: [DEFAULT_PATH], ...below, ...config },
    rootfs: { type: 'layers', diff_ids: all.map((layer) => layer.diffId) },
    history: all.map(() => ({ created: '2026-01-01T00:00:00Z', created_by: 'toque' })),
  }
  return { names, layers: all, config: Buffer.from(JSON.stringify(described)) }
}

/** The image under other names. */
export function renamed(image: Image, ...names: string[]): Image {
  return { ...image, names }
}

/** A tar that `docker load` takes. */
export async function dockerTar(image: Image): Promise<Buffer> {
  const tar = pack()
  const id = digest(image.config).slice('sha256:'.length)
  const paths = image.layers.map((layer) => `${layer.diffId.slice('sha256:'.length)}/layer.tar`)
  const manifest = [{ Config: `${id}.json`, RepoTags: image.names, Layers: paths }]
  tar.entry({ name: 'manifest.json', mtime: new Date(0) }, JSON.stringify(manifest))
  tar.entry({ name: `${id}.json`, mtime: new Date(0) }, image.config)
  for (const [i, layer] of image.layers.entries()) tar.entry({ name: paths[i] ?? '', mtime: new Date(0) }, layer.blob)
  tar.finalize()
  return buffer(tar)
}

/** Adds the folders above files that nobody has named, sorts, and keeps the last of those with one path. */
function withFolders(files: readonly ImageFile[]): ImageFile[] {
  const byPath = new Map<string, ImageFile>()
  for (const file of files) {
    if (!file.path.startsWith('/')) throw new Error(`not an absolute path: ${file.path}`)
    const parts = file.path.split('/').slice(1, -1)
    for (let n = 1; n <= parts.length; n++) {
      const path = `/${parts.slice(0, n).join('/')}`
      if (!byPath.has(path)) byPath.set(path, { path, directory: true })
    }
    byPath.set(file.path, file)
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}
