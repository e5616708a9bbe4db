import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Records a second of a bare loop on the same disk: `writers` of them wait, what waits is appended in one write and one fdatasync, and each goes on when
 * its record is safe. Nothing that promises as much can be quicker there.
 */
export async function bareFsync(dir: string, { writers, bytes, ms }: { writers: number; bytes: number; ms: number }): Promise<number> {
  const path = join(dir, 'bare-fsync')
  const file = await open(path, 'a')
  const batch = Buffer.alloc(bytes * writers, 'x')
  try {
    let records = 0
    const begin = performance.now()
    while (performance.now() - begin < ms) {
      await file.write(batch)
      await file.datasync()
      records += writers
    }
    return records / ((performance.now() - begin) / 1000)
  } finally {
    await file.close()
    await rm(path)
  }
}
