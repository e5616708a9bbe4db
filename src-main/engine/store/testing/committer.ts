import { writeSync } from 'node:fs'
import { openStore } from '../open.ts'
import { CRASH_KEY, writesFor } from './workload.ts'

// A process to be killed: commits, a few at once, and says each revision on stdout after it is acknowledged.
//   committer.ts DIR SEED COMMITS [nosync]

const [dir = '', seed = '', commits = '', mode = ''] = process.argv.slice(2)
const store = await openStore({ dir, encryptionKey: CRASH_KEY, sync: mode !== 'nosync', retention: { revisions: 40, journal: 60 } })
const last = store.revision + Number(commits)
writeSync(1, `open ${store.revision}\n`)
for (let revision = store.revision + 1; revision <= last; ) {
  const wave: Promise<number>[] = []
  for (let i = 0; i <= revision % 4 && revision <= last; i++) wave.push(store.commit(writesFor(Number(seed), revision++), { user: 'committer' }))
  for (const commit of wave) void commit.then((made) => writeSync(1, `ack ${made}\n`))
  await Promise.all(wave)
}
// No close(): the end is as sudden as a kill.
process.exit(0)
