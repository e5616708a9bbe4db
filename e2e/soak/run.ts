// npm run soak -- NAME [--seed S] [--count N]: the full count of a trial whose short form is in npm test.
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { seededRandom } from '../../src-main/common/seeded-random.ts'
import type { Soak } from './soak.ts'

const here = dirname(fileURLToPath(import.meta.url))
const NOT_SOAKS = ['run.ts', 'soak.ts']

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string' }, count: { type: 'string' }, trials: { type: 'string' } } })
  const [name] = positionals
  const file = join(here, `${name ?? ''}.ts`)
  if (name === undefined || NOT_SOAKS.includes(`${name}.ts`) || !existsSync(file)) {
    const names = readdirSync(here).filter((entry) => /^[a-z-]+\.ts$/.test(entry) && !NOT_SOAKS.includes(entry)).map((entry) => entry.slice(0, -3))
    console.error(`npm run soak -- NAME [--seed S] [--count N]\nthere are: ${names.join(', ')}`)
    return 2
  }
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed)
  const asked = values.count ?? values.trials
  const trials = asked === undefined ? undefined : Number(asked)
  if (!Number.isInteger(seed) || (trials !== undefined && !(trials > 0))) throw new Error('--seed and --count are whole numbers')
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)))
  const soak = ((await import(pathToFileURL(file).href)) as { default: Soak }).default
  console.log(`${name}, seed ${seed}`)
  const result = await soak({ seed, random: seededRandom(seed), trials, say: (line) => console.log(line), signal: stop.signal })
  for (const [figure, value] of Object.entries(result.figures)) console.log(`${figure}: ${value}`)
  for (const failure of result.failures) console.log(`FAILED: ${failure}`)
  console.log(`${name}, seed ${seed}: ${result.trials} trials, ${result.failures.length} failed`)
  return result.failures.length === 0 ? 0 : 1
}

process.exit(await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  return 1
}))
