import { createInterface } from 'node:readline'
import { openStore } from '../open.ts'
import { CRASH_KEY, faultOf } from './workload.ts'

// Opens stores and says what is wrong with them, in a process of its own: a torn file can crash whoever reads it.
// One JSON line in, {dir, seed, acknowledged}, one out: {fault} or {}.

for await (const line of createInterface({ input: process.stdin })) {
  const { dir, seed, acknowledged } = JSON.parse(line) as { dir: string; seed: number; acknowledged: number }
  let fault: string | undefined
  try {
    const store = await openStore({ dir, encryptionKey: CRASH_KEY })
    fault = await faultOf(store, seed, acknowledged)
    // It must also still take writes.
    await store.commit([{ type: 'put', key: '//configmaps/crash/after', value: {} }], { user: 'inspector' })
    await store.close()
  } catch (error) {
    fault = `it does not open: ${(error as Error).message}`
  }
  process.stdout.write(`${JSON.stringify({ fault })}\n`)
}
