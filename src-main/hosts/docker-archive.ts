import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type Docker from 'dockerode'
import { extract } from 'tar-stream'
import type { Extract } from 'tar-stream'

const TRIES = 3

/** The files of an archive as it comes. Fails when it breaks off, for which a plain pipe would wait forever; leaving the loop ends the archive. */
export function archiveEntries(archive: NodeJS.ReadableStream): Extract {
  const entries = extract()
  // Whoever reads the entries hears of it.
  pipeline(archive, entries).catch(() => undefined)
  return entries
}

/**
 * Reads a file or folder of a container, which need not run. Undefined: there is none. Reads anew when the archive breaks off: a file that is replaced
 * while Docker packs it ends the archive in the middle. Rejects with the last error; at once with those that Docker answers with.
 */
export async function readArchive<T>(docker: Docker, container: string, path: string, read: (entries: Extract) => Promise<T>): Promise<T | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      return await read(archiveEntries(await docker.getContainer(container).getArchive({ path }) as Readable))
    } catch (error) {
      const { statusCode } = error as { statusCode?: number }
      if (statusCode === 404) return undefined
      if (tries >= TRIES || statusCode !== undefined) throw error
    }
  }
}
