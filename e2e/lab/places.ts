import { existsSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TMPFS = 0x01021994
const OVERLAYFS = 0x794c7630

/** The repository's root. */
export const repository = join(dirname(fileURLToPath(import.meta.url)), '../..')

/** What may be deleted at any time and costs only time: built images, downloaded tools. */
export const cacheDir = join(repository, '.cache')

/**
 * Where labs keep their state and their servers' disks, one folder a lab. Docker's overlay2 cannot stand on an overlay and a
 * tmpfs would eat memory, so the first candidate on a real file system wins. None of them lies under /etc, /usr or /var:
 * those are the lower layers of the servers' own overlays.
 */
export function labsDir(): string {
  const own = process.env['TOQUE_LAB_DIR']
  if (own !== undefined) return own
  const real = ['/tmp', '/srv', '/opt'].find((dir) => existsSync(dir) && isRealFileSystem(dir))
  return join(real ?? '/tmp', 'toque-labs')
}

/** Whether Docker's overlay2 works on the file system under `dir`. */
function isRealFileSystem(dir: string): boolean {
  const { type } = statfsSync(dir)
  return type !== TMPFS && type !== OVERLAYFS
}
