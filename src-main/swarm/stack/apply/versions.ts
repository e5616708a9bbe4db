import { createHash, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import type { Contents } from '../../docker/contents.ts'
import type { LiveFile } from '../live-stack.ts'
import { VERSION_OF } from '../live-stack.ts'
import type { SwarmApi } from '../../docker/swarm-api.ts'
import { dockerStatus } from '../../../hosts/docker-error.ts'
import { saidByManager } from '../../docker/status-error.ts'

const LETTERS = 10
const MOST_NAME = 64
const hashSlowly = promisify<string | Uint8Array, string, number, Buffer>(scrypt)

/** A secret or config and its later versions, the one with the plain name first. */
export function versionsOf(base: string, live: readonly LiveFile[]): LiveFile[] {
  return live.filter(({ spec }) => spec.Name === base || spec.Labels?.[VERSION_OF] === base).sort((a, b) => (a.spec.Name === base ? -1 : b.spec.Name === base ? 1 : 0))
}

/** The newest of them; undefined: there is none. */
export function newestVersion(base: string, live: readonly LiveFile[]): LiveFile | undefined {
  return versionsOf(base, live).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))[0]
}

/**
 * The name of a version: that of the secret or config, and a hash of its content, so that the same content has the same name wherever it is deployed from. Names are seen by
 * everybody, so a secret's hash is one that takes long to make (scrypt): nobody finds a weak password by trying.
 */
export async function versionName(kind: 'secret' | 'config', base: string, contents: Contents): Promise<string> {
  const hash = kind === 'config' ? createHash('sha256').update(contents.bytes).digest('hex') : (await hashSlowly(contents.bytes, `toque secret ${base}`, 32)).toString('hex')
  return `${base.slice(0, MOST_NAME - LETTERS - 1)}_${hash.slice(0, LETTERS)}`
}

/**
 * Whether a secret or config holds this content. A secret's cannot be read, but the manager compares it before it refuses an update, and here the update is always refused: it
 * names a version that no object has. Nothing is written.
 */
export async function holds(manager: SwarmApi, kind: 'secret' | 'config', file: LiveFile, contents: Contents): Promise<boolean> {
  if (kind === 'config') return file.contents?.equals(contents) === true
  try {
    await manager.updateFile('secret', file.id, 0, file.spec, contents)
  } catch (error) {
    const said = saidByManager(error)
    if (/only updates to Labels are allowed/i.test(said)) return false
    if (/out of sequence/i.test(said)) return true
    if (dockerStatus(error) === 404) return false
    throw error
  }
  return true
}
