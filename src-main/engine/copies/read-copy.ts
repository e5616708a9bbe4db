import type Docker from 'dockerode'
import { readArchive } from '../../hosts/docker-archive.ts'
import type { StatePoint } from '../lease/term.ts'
import { helperContainers } from '../network/start-network.ts'
import { Cipher } from '../store/cipher.ts'
import type { Key } from '../store/store.ts'
import { CopyError, framesOf } from './frames.ts'
import type { PlacedFrame } from './frames.ts'
import { copyKey } from './recovery-key.ts'

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
  if (helper === undefined) return undefined
  return readArchive(docker, helper.Id, COPY_FILE, async (entries) => {
    for await (const file of entries) return await stateOf(file as AsyncIterable<Buffer>, cipher)
    return undefined
  })
}

/** The state that a copy's bytes tell. Throws as `framesOf` does, and CopyError when they are not the whole of it. */
export async function stateOf(bytes: AsyncIterable<Buffer>, cipher: Cipher): Promise<StateCopy> {
  const entries = new Map<Key, Readonly<Record<string, unknown>>>()
  let last: PlacedFrame | undefined
  for await (const placed of framesOf(bytes, cipher)) {
    if (placed.index === 0) entries.clear()
    for (const [key, value] of placed.frame.changes) {
      if (value === null) entries.delete(key)
      else entries.set(key, value)
    }
    last = placed
  }
  if (last === undefined || last.index + 1 < last.header.whole) throw new CopyError('The copy of the state is not whole.')
  return { clusterId: last.header.clusterId, epoch: last.header.epoch, revision: last.frame.revision, entries }
}
