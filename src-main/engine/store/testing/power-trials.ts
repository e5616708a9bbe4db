import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { seededRandom } from '../../../common/seeded-random.ts'
import { DATA_FILE } from '../disk.ts'
import { script } from './kill-trials.ts'
import { cutPower } from './power-cut.ts'
import { STRACE, parseTrace } from './trace.ts'

/** One power cut. */
export interface PowerTrial {
  /** After how many of the recorded steps. */
  readonly step: number
  readonly acknowledged: number
  readonly fault: string | undefined
}

/**
 * Records what a process that commits to a fresh store writes and syncs (with strace, so Linux only), then cuts the power at `trials`
 * points of that record, half of them right after an acknowledgement, and opens what the disk may hold. `sync: false`: the store does
 * not sync, and faults must be found.
 */
export async function runPowerTrials(options: { dir: string; trials: number; seed: number; commits: number; sync: boolean }): Promise<PowerTrial[]> {
  const { dir, seed } = options
  const live = join(dir, 'live')
  const trace = join(dir, 'trace')
  mkdirSync(live, { recursive: true })
  await promisify(execFile)('strace', [...STRACE, '-o', trace, process.execPath, ...script('committer.ts'), live, String(seed), String(options.commits), options.sync ? 'sync' : 'nosync'])
  const steps = parseTrace(readFileSync(trace, 'latin1'), live)
  const acknowledgements = steps.flatMap((step, i) => (step.type === 'acknowledged' ? [i + 1] : []))
  if (acknowledgements.length !== options.commits) throw new Error(`${acknowledgements.length} acknowledgements recorded instead of ${options.commits}`)

  const next = seededRandom(seed)
  const inspect = inspector()
  const results: PowerTrial[] = []
  for (let trial = 0; trial < options.trials; trial++) {
    const anywhere = Math.floor(next() * (steps.length + 1))
    const step = trial % 2 === 0 ? (acknowledgements[Math.floor(next() * acknowledgements.length)] ?? anywhere) : anywhere
    const likely = next()
    const image = cutPower(steps, step, () => next() < likely)
    const copy = join(dir, `cut-${trial}`)
    mkdirSync(copy)
    writeFileSync(join(copy, image.named ? DATA_FILE : `${DATA_FILE}.new`), image.data)
    results.push({ step, acknowledged: image.acknowledged, fault: await inspect.ask({ dir: copy, seed, acknowledged: image.acknowledged }) })
    rmSync(copy, { recursive: true })
  }
  inspect.end()
  return results
}

/** A process that opens images; a new one when an image brought it down, which is a fault too. */
function inspector(): { ask(question: object): Promise<string | undefined>; end(): void } {
  const start = (): { child: ReturnType<typeof spawn>; lines: AsyncIterator<string> } => {
    const child = spawn(process.execPath, script('inspector.ts'), { stdio: ['pipe', 'pipe', 'ignore'] })
    child.stdin.on('error', () => undefined)
    return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
  }
  let current = start()
  return {
    async ask(question) {
      current.child.stdin?.write(`${JSON.stringify(question)}\n`)
      const answer = await current.lines.next()
      if (!answer.done) return (JSON.parse(answer.value) as { fault?: string }).fault
      if (current.child.exitCode === null && current.child.signalCode === null) await once(current.child, 'exit')
      const how = current.child.signalCode ?? `code ${current.child.exitCode}`
      current = start()
      return `opening it ended the process (${how})`
    },
    end: () => current.child.stdin?.end(),
  }
}
