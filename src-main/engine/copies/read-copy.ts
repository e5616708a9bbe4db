import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { extract } from 'tar-stream'
import { fromArchive } from '../lease/look.ts'
import type { StatePoint } from '../lease/term.ts'
import { helperContainers } from '../network/start-network.ts'
import { Cipher } from '../store/cipher.ts'
import { EncryptionKeyError } from '../store/store.ts'
import type { Key } from '../store/store.ts'
import { CopyError, CopyReader, openFrame } from './frames.ts'
import type { Header } from './frames.ts'
import { copyKey, RecoveryKeyError } from './recovery-key.ts'

/** The helper's file; see resources/node-helper/helper.sh. */
export const COPY_FILE = '/var/lib/toque/copy'

/** A cluster's state, as a server had it. */
export interface StateCopy extends StatePoint {
  readonly clusterId: string
  readonly entries: ReadonlyMap<Key, Readonly<Record<string, unknown>>>
}

/**
 * Reads the copy that a server holds. Undefined: it holds none. Rejects with RecoveryKeyError when the key is another cluster's,
 * with CopyError when not even the first part of the copy is whole, and with Docker's errors.
 */
export async function readCopy(docker: Docker, clusterId: string, recoveryKey: string): Promise<StateCopy | undefined> {
  const cipher = new Cipher(copyKey(recoveryKey, clusterId))
  const [helper] = await helperContainers(docker, clusterId)
  return helper === undefined ? undefined : fromArchive(() => readFrom(docker, helper.Id, cipher))
}

async function readFrom(docker: Docker, container: string, cipher: Cipher): Promise<StateCopy | undefined> {
  const archive = await docker.getContainer(container).getArchive({ path: COPY_FILE }).catch((error: Error & { statusCode?: number }) => {
    if (error.statusCode === 404) return undefined
    throw error
  })
  if (archive === undefined) return undefined
  const entries = extract()
  ;(archive as Readable).once('error', (error) => entries.destroy(error)).pipe(entries)
  // Awaited here: leaving the loop ends the archive.
  for await (const file of entries) return await stateOf(file as AsyncIterable<Buffer>, cipher)
  return undefined
}

/** The state that a copy's bytes tell. */
export async function stateOf(bytes: AsyncIterable<Buffer>, cipher: Cipher): Promise<StateCopy> {
  const reader = new CopyReader()
  const entries = new Map<Key, Readonly<Record<string, unknown>>>()
  let header: Header | undefined
  let index = 0
  let revision = 0
  for await (const chunk of bytes) {
    for (const part of reader.push(chunk)) {
      if ('header' in part) {
        header = part.header
        continue
      }
      if (header === undefined) throw new CopyError('The copy of the state is damaged: it does not begin as one.')
      const frame = await openFrame(cipher, header, index, part.sealed).catch((error: unknown) => {
        if (error instanceof EncryptionKeyError && index === 0) throw new RecoveryKeyError('This recovery key does not open the copy: it is another cluster’s.')
        throw error
      })
      for (const [key, value] of frame.changes) {
        if (value === null) entries.delete(key)
        else entries.set(key, value)
      }
      revision = frame.revision
      index += 1
    }
  }
  if (header === undefined || index < header.whole) throw new CopyError('The copy of the state is not whole.')
  return { clusterId: header.clusterId, epoch: header.epoch, revision, entries }
}
