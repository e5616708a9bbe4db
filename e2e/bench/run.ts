// npm run bench -- NAME [--json] [--trials N]: one measurement; a table for people, or one JSON object on stdout (then everything else goes to stderr).
import { existsSync, readdirSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import type { Bench, Row } from './bench.ts'

const here = dirname(fileURLToPath(import.meta.url))
const NOT_BENCHES = ['run.ts', 'bench.ts']

function machine(): string {
  const [first] = cpus()
  return `${cpus().length} x ${first?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${release()}, Node ${process.versions.node}`
}

function table(rows: readonly Row[]): string {
  const lines = [
    ['metric', 'value', 'unit', 'aim', ''],
    ...rows.map(({ metric, value, unit, aim, ok }) => [metric, String(value), unit, aim === null ? '' : String(aim), aim === null ? '' : ok ? 'ok' : 'MISSED']),
  ]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines.map((line) => line.map((cell, column) => (column === 1 || column === 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join('  ').trimEnd()).join('\n')
}

async function main(): Promise<number> {
  const { values: { json = false, trials: asked }, positionals: [name] } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean' }, trials: { type: 'string' } } })
  const trials = asked === undefined ? undefined : Number(asked)
  if (trials !== undefined && !(Number.isInteger(trials) && trials > 0)) throw new Error('--trials is a whole number')
  const file = join(here, `${name ?? ''}.ts`)
  if (name === undefined || NOT_BENCHES.includes(`${name}.ts`) || !existsSync(file)) {
    const names = readdirSync(here).filter((entry) => /^[a-z-]+\.ts$/.test(entry) && !NOT_BENCHES.includes(entry)).map((entry) => entry.slice(0, -3))
    console.error(`npm run bench -- NAME [--json] [--trials N]\nthere are: ${names.join(', ')}`)
    return 2
  }
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)))
  const bench = ((await import(pathToFileURL(file).href)) as { default: Bench }).default
  const rows = await bench({ trials, say: (line) => console.error(line), signal: stop.signal })
  console.log(json ? JSON.stringify({ name, machine: machine(), rows }) : `\n${name}, on ${machine()}\n\n${table(rows)}`)
  return rows.every(({ ok }) => ok) ? 0 : 1
}

// What a bench has left open must not keep it from ending.
process.exit(await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  return 1
}))
