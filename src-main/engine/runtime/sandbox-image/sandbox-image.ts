import { createHash } from 'node:crypto'
import { tarball } from '../tarball.ts'
import type { TarEntry } from '../tarball.ts'
import { staticElf } from './elf.ts'
import { MACHINE_CODE } from './machine-code.ts'

/** The sandbox's program. */
export const SANDBOX_PROGRAM = '/toque-sandbox'
/** Where a sandbox mounts its pod's volumes: `/volumes/<name>`. */
export const VOLUMES_DIR = '/volumes'
/**
 * Where a sandbox mounts the volume of termination messages. The image has one empty world-writable file per container here; Docker copies them
 * into the fresh volume, which saves a round trip for each pod.
 */
export const TERMINATION_DIR = '/termination'
/** How many such files there are: a container's each, and the last one for the pod's /etc/hosts (`pod/hosts-file.ts`). */
export const TERMINATION_FILES = 32

/** An image in the form that `docker load` takes. */
export interface LoadableImage {
  /** Named by its content: another version is another image. */
  reference: string
  tar: Buffer
}

/** Architecture names as `docker info` gives them. */
const ARCHITECTURES: Record<string, 'amd64' | 'arm64'> = { x86_64: 'amd64', amd64: 'amd64', aarch64: 'arm64', arm64: 'arm64' }

/** Makes the sandbox image for a node, or throws an Error that says which processors can run it. */
export async function sandboxImage(architecture: string): Promise<LoadableImage> {
  const arch = ARCHITECTURES[architecture]
  if (arch === undefined) throw new Error(`Toque has no sandbox for processors of type "${architecture}": nodes must be x86-64 or arm64`)
  const layer = await tarball([
    { path: SANDBOX_PROGRAM.slice(1), mode: 0o755, content: staticElf(arch, MACHINE_CODE[arch]) },
    { path: VOLUMES_DIR.slice(1), mode: 0o755, directory: true },
    { path: TERMINATION_DIR.slice(1), mode: 0o755, directory: true },
    ...Array.from({ length: TERMINATION_FILES }, (_, i): TarEntry => ({ path: `${TERMINATION_DIR.slice(1)}/${String(i)}`, mode: 0o666, content: Buffer.alloc(0) })),
  ])
  const layerDigest = sha256(layer)
  const reference = `toque.dev/sandbox:${layerDigest.slice(0, 12)}`
  const config = Buffer.from(JSON.stringify({
    architecture: arch, os: 'linux', created: '1970-01-01T00:00:00Z',
    config: { Entrypoint: [SANDBOX_PROGRAM], StopSignal: 'SIGTERM', Labels: { 'toque.dev/role': 'sandbox' } },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'toque' }],
  }))
  const configName = `${sha256(config)}.json`
  const manifest = Buffer.from(JSON.stringify([{ Config: configName, RepoTags: [reference], Layers: ['layer.tar'] }]))
  const tar = await tarball([
    { path: configName, mode: 0o644, content: config },
    { path: 'layer.tar', mode: 0o644, content: layer },
    { path: 'manifest.json', mode: 0o644, content: manifest },
  ])
  return { reference, tar }
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
