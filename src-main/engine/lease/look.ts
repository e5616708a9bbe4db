import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { extract } from 'tar-stream'
import { helperContainers } from '../network/start-network.ts'
import type { Found } from './term.ts'
import { parsePoint, parseTerm } from './term.ts'

/** Where the helper keeps what is about driving; see resources/node-helper/helper.sh. */
const DRIVE = '/var/lib/toque/drive'
const ARCHIVE_TRIES = 3

/**
 * Reads who drives a node, touching nothing: by Docker's archive API, so that it works whatever version the helper is of and even while it
 * does not run. Undefined: the cluster has no helper there, so nobody ever drove it. Rejects with Docker's errors.
 */
export async function lookAt(docker: Docker, clusterId: string): Promise<Found | undefined> {
  const [helper] = await helperContainers(docker, clusterId)
  if (helper === undefined) return undefined
  const files = await fromArchive(() => filesIn(docker, helper.Id, DRIVE))
  const term = parseTerm(files.get('lease')?.text ?? '')
  const copy = parsePoint(files.get('copied')?.text ?? '')
  const seen = files.get('seen')
  // Both by the node's own clock.
  const seenAgoMs = seen === undefined ? undefined : Math.max(0, Date.parse((await docker.info() as { SystemTime: string }).SystemTime) - seen.time)
  return { ...(term === undefined ? {} : { term }), ...(copy === undefined ? {} : { copy }), ...(seenAgoMs === undefined ? {} : { seenAgoMs }) }
}

/**
 * Reads from an archive of Docker's, anew when that breaks off: a file that is replaced while Docker packs it ends the archive in the middle.
 * Rejects with the last error; at once with those that Docker answers with.
 */
export async function fromArchive<T>(read: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await read()
    } catch (error) {
      if (tries >= ARCHIVE_TRIES || (error as { statusCode?: number }).statusCode !== undefined) throw error
    }
  }
}

/** The files of a folder in a container, small ones. None when it has no such folder. */
async function filesIn(docker: Docker, container: string, path: string): Promise<Map<string, { text: string; time: number }>> {
  const files = new Map<string, { text: string; time: number }>()
  const archive = await docker.getContainer(container).getArchive({ path }).catch((error: Error & { statusCode?: number }) => {
    if (error.statusCode === 404) return undefined
    throw error
  })
  if (archive === undefined) return files
  const entries = extract()
  ;(archive as Readable).once('error', (error) => entries.destroy(error)).pipe(entries)
  for await (const entry of entries) {
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    const name = entry.header.name.slice(entry.header.name.lastIndexOf('/') + 1)
    files.set(name, { text: Buffer.concat(chunks).toString(), time: entry.header.mtime?.getTime() ?? 0 })
  }
  return files
}
