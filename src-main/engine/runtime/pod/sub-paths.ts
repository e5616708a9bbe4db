import type { ContainerStreams, Mount } from '../container-runtime.ts'
import { VOLUMES_DIR } from '../sandbox-image/sandbox-image.ts'
import { tarball } from '../tarball.ts'
import { MissingSourceError } from './sources.ts'

/** As many as Linux follows. */
const MOST_LINKS = 40

/** A file, folder or link of a volume. `link`: where it leads to, as it is written there. */
export interface Entry { mode: number; gid: number; link?: string }

/** Where a sub-path leads. Both are relative to the volume's root. */
export interface Followed {
  /** Without links. */
  path: string
  /** Folders of it that are not there yet, the outermost first. */
  missing: string[]
}

/**
 * Follows a sub-path through the links of a volume, which whoever writes into it may have put there: Docker would follow them on the server, to whatever it has.
 * `look` tells what is at a path inside of the volume. Throws MissingSourceError where it leads out of the volume, or nowhere.
 */
export async function follow(subPath: string, look: (path: string) => Promise<Entry | undefined>): Promise<Followed> {
  const outside = (): never => { throw new MissingSourceError(`sub-path "${subPath}" leads out of its volume by a symbolic link: a container can be given only what is in the volume itself`) }
  let ahead = subPath.split('/')
  const path: string[] = []
  const missing: string[] = []
  for (let links = 0; ahead.length > 0;) {
    const [part = '', ...rest] = ahead
    ahead = rest
    if (part === '' || part === '.') continue
    if (part === '..') {
      if (path.pop() === undefined) return outside()
      continue
    }
    const at = [...path, part].join('/')
    // Nothing is in what is not there.
    const entry = missing.length > 0 ? undefined : await look(at)
    if (entry?.link === undefined) {
      path.push(part)
      if (entry === undefined) missing.push(at)
    } else if (entry.link.startsWith('/')) return outside()
    else if (++links > MOST_LINKS) throw new MissingSourceError(`sub-path "${subPath}" leads nowhere: its symbolic links go round in a circle`)
    else ahead = [...entry.link.split('/'), ...rest]
  }
  return { path: path.join('/'), missing }
}

/**
 * Makes the missing folders of sub-paths, with the mode and group of the volume's root as upstream does, so that whoever may write there may write here; and gives the mounts as they are
 * to be made, which lead through no link. The sandbox has to be made, and its volumes' roots. Throws MissingSourceError.
 */
export async function withSubPaths(streams: ContainerStreams, sandboxId: string, mounts: readonly Mount[]): Promise<Mount[]> {
  const made: Mount[] = []
  // One after the other: two may want the same folder.
  for (const mount of mounts) made.push(await withSubPath(streams, sandboxId, mount))
  return made
}

async function withSubPath(streams: ContainerStreams, sandboxId: string, mount: Mount): Promise<Mount> {
  if (mount.part === undefined) return mount
  const { part: { volume, root, path: subPath, ours }, ...rest } = mount
  const base = `${VOLUMES_DIR}/${volume}`
  const { path, missing } = await follow(subPath, (at) => streams.stat(sandboxId, `${base}/${at}`))
  const above = missing.length === 0 || !ours ? undefined : await streams.stat(sandboxId, base)
  if (above !== undefined) {
    await streams.unpack(sandboxId, await tarball(missing.map((at) => ({ path: `${base.slice(1)}/${at}`, directory: true, mode: above.mode, gid: above.gid }))))
  }
  return { ...rest, source: path === '' ? root : `${root}/${path}` }
}
