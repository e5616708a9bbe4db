import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '../../../common/seeded-random.ts'
import { openStore } from '../open.ts'
import { CRASH_KEY, faultOf } from './workload.ts'

/** One process killed. */
export interface KillTrial {
  readonly trial: number
  /** The last revision it acknowledged. */
  readonly acknowledged: number
  /** The revision found after it. */
  readonly found: number
  readonly fault: string | undefined
}

/** Node's arguments to run a TypeScript file next to this one. */
export function script(name: string): string[] {
  return ['--import', 'tsx', fileURLToPath(new URL(name, import.meta.url))]
}

/**
 * Starts a process that commits to the store in `dir`, SIGKILLs it at a random point, opens the store and compares it with what was
 * acknowledged; `trials` times on the same directory, so that every start also meets the lock of a killed one.
 */
export async function runKillTrials(options: { dir: string; trials: number; seed: number }): Promise<KillTrial[]> {
  const next = seededRandom(options.seed)
  const results: KillTrial[] = []
  for (let trial = 1; trial <= options.trials; trial++) {
    const child = spawn(process.execPath, [...script('committer.ts'), options.dir, String(options.seed), '100000'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const after = Math.floor(next() * 80)
    const pause = next() * 6
    const died = once(child, 'exit')
    let acknowledged = 0
    let lines = 0
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Math.max(acknowledged, Number(line.split(' ')[1]))
      if (lines++ === after) void delay(pause).then(() => child.kill('SIGKILL'))
    }
    await died
    const store = await openStore({ dir: options.dir, encryptionKey: CRASH_KEY })
    const fault = lines === 0 ? 'the process never opened its store' : await faultOf(store, options.seed, acknowledged)
    results.push({ trial, acknowledged, found: store.revision, fault })
    await store.close()
  }
  return results
}
