import { systemClock } from '../../common/clock.ts'
import type { Clock } from '../../common/clock.ts'
import { Cipher } from './cipher.ts'
import { lockDirectory } from './directory-lock.ts'
import { Disk } from './disk.ts'
import { LmdbStore } from './lmdb-store.ts'
import type { Retention } from './retention.ts'
import { DEFAULT_RETENTION } from './retention.ts'
import type { Store } from './store.ts'

/** What `openStore` needs. */
export interface OpenOptions {
  /** The data directory; made when it is not there. */
  dir: string
  /** 32 bytes: Secrets are encrypted with it (AES-256-GCM). The same at every opening. */
  encryptionKey: Uint8Array
  clock?: Clock
  retention?: Partial<Retention>
  /** `false` acknowledges before data is on disk. Only for the test that shows that the power-loss test can fail. */
  sync?: boolean
}

/** Opens or creates the store in a directory. Throws StoreLockedError, EncryptionKeyError, StorageError. */
export async function openStore(options: OpenOptions): Promise<Store> {
  const { dir, clock = systemClock, sync = true } = options
  const cipher = new Cipher(options.encryptionKey)
  const lock = await lockDirectory(dir)
  try {
    const openDisk = (): Promise<Disk> => Disk.open(dir, cipher, sync)
    const disk = await openDisk()
    return new LmdbStore({ dir, disk, openDisk, lock, clock, retention: { ...DEFAULT_RETENTION, ...options.retention } })
  } catch (error) {
    await lock.release()
    throw error
  }
}
