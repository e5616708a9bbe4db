import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { GroupLog } from './group-log.ts'

/**
 * Records a second of a bare loop on the same disk: so many writers, each of which waits until its record is safe before it has the next one; whoever is
 * there when one fdatasync ends shares the next. Nothing that promises as much can be quicker there. The writers are in the process itself and their records
 * are ready made, so all of them are always there: each batch is full, and what the loop costs is the disk's alone. How much of an API's distance from it
 * is the way to it, HTTPS and clients that need a processor themselves, `bare-serving.ts` says.
 */
export async function bareFsync(dir: string, { writers, record, ms }: { writers: number; record: Uint8Array; ms: number }): Promise<number> {
  const path = join(dir, 'bare-fsync')
  const file = await open(path, 'a')
  try {
    const log = new GroupLog(file)
    let records = 0
    const begin = performance.now()
    await Promise.all(Array.from({ length: writers }, async () => {
      while (performance.now() - begin < ms) {
        await log.append(record)
        records++
      }
    }))
    return records / ((performance.now() - begin) / 1000)
  } finally {
    await file.close()
    await rm(path)
  }
}
