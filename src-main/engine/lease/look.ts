import { text } from 'node:stream/consumers'
import type Docker from 'dockerode'
import { readArchive } from '../../hosts/docker-archive.ts'
import { helperContainers } from '../network/start-network.ts'
import type { Found } from './term.ts'
import { parsePoint, parseTerm } from './term.ts'

/** Where the helper keeps what is about driving; see resources/node-helper/helper.sh. */
const DRIVE = '/var/lib/toque/drive'

/**
 * Reads who drives a node, touching nothing: by Docker's archive API, so that it works whatever version the helper is of and even while it
 * does not run. Undefined: the cluster has no helper there, so nobody ever drove it. Rejects with Docker's errors.
 */
export async function lookAt(docker: Docker, clusterId: string): Promise<Found | undefined> {
  const [helper] = await helperContainers(docker, clusterId)
  if (helper === undefined) return undefined
  const files = await filesIn(docker, helper.Id, DRIVE)
  const term = parseTerm(files.get('lease')?.text ?? '')
  const copy = parsePoint(files.get('copied')?.text ?? '')
  const seen = files.get('seen')
  // Both by the node's own clock.
  const seenAgoMs = seen === undefined ? undefined : Math.max(0, Date.parse((await docker.info() as { SystemTime: string }).SystemTime) - seen.time)
  return { ...(term === undefined ? {} : { term }), ...(copy === undefined ? {} : { copy }), ...(seenAgoMs === undefined ? {} : { seenAgoMs }) }
}

/** The files of a folder in a container, small ones. None when it has no such folder. */
async function filesIn(docker: Docker, container: string, path: string): Promise<Map<string, { text: string; time: number }>> {
  const found = await readArchive(docker, container, path, async (entries) => {
    const files = new Map<string, { text: string; time: number }>()
    for await (const entry of entries) {
      const name = entry.header.name.slice(entry.header.name.lastIndexOf('/') + 1)
      files.set(name, { text: await text(entry), time: entry.header.mtime?.getTime() ?? 0 })
    }
    return files
  })
  return found ?? new Map()
}
