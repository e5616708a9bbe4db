// npm test: every test, one runner after the other, each with its own output; `npm test -- unit integration` runs just these. The checks of the text (they say next
// to nothing) take what the tests leave of the processors: most of integration is waiting. What fails does not stop the rest, except that nothing is tested in an
// app that cannot be built.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startDisplay } from './display.ts'
import { imageStorage } from './images/storage.ts'
import { cacheDir, repository } from './lab/places.ts'
import { electronPath } from './lab/tools.ts'
import { playwrightCounts, vitestCounts, type Counts } from './test-counts.ts'

interface Step {
  name: string
  run: () => Promise<number>
  /** The runner's report, and how to read it. */
  report?: { file: string; read: (json: string) => Counts }
  needs?: string
  /** Reads the text only: runs beside everything else, when nobody else needs the processor. */
  readsOnly?: boolean
  /** Nothing to do in this repository yet. */
  absent?: boolean
}

interface Outcome {
  name: string
  ok: boolean
  seconds: number
  counts?: Counts
}

const reports = join(cacheDir, 'reports')
const bin = (name: string): string => join(repository, 'node_modules/.bin', name)

function program(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  return start(bin(name), args, env)
}

function start(path: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { cwd: repository, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } })
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

/** One that gives way to every other. */
function modest(name: string, args: readonly string[]): Promise<number> {
  return start('nice', ['-n', '19', bin(name), ...args])
}

function vitest(name: string, project = name): Step {
  const file = join(reports, `${name}.json`)
  const run = (): Promise<number> => program('vitest', ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`])
  return { name, run, report: { file, read: vitestCounts } }
}

async function playwright(file: string): Promise<number> {
  await using display = await startDisplay()
  const env = { DISPLAY: display.name, TOQUE_ELECTRON: electronPath(), PLAYWRIGHT_JSON_OUTPUT_NAME: file }
  return await program('playwright', ['test', '--config', 'e2e/playwright.config.ts', '--reporter=list,json'], env)
}

function allSteps(): Step[] {
  const integration = vitest('integration')
  const e2eReport = join(reports, 'e2e.json')
  return [
    { name: 'typecheck', run: () => modest('tsc', ['--noEmit']), readsOnly: true },
    { name: 'lint', run: () => modest('eslint', ['.']), readsOnly: true },
    { name: 'svelte-check', run: () => modest('svelte-check', ['--tsconfig', 'src-renderer/tsconfig.json', '--fail-on-warnings']), readsOnly: true, absent: !existsSync(join(repository, 'src-renderer/tsconfig.json')) },
    vitest('unit', 'unit*'),
    { name: 'build', run: () => program('electron-vite', ['build']) },
    { ...integration, run: async () => { await imageStorage(console.log); return integration.run() } },
    {
      name: 'e2e', run: () => playwright(e2eReport), report: { file: e2eReport, read: playwrightCounts }, needs: 'build',
      absent: !existsSync(join(repository, 'e2e/playwright.config.ts')),
    },
  ]
}

async function runStep(step: Step): Promise<Outcome> {
  console.log(`\n=== ${step.name}`)
  if (step.report !== undefined) await rm(step.report.file, { force: true })
  const begin = performance.now()
  const code = await step.run()
  const seconds = (performance.now() - begin) / 1000
  const text = step.report === undefined ? undefined : await readFile(step.report.file, 'utf8').catch(() => undefined)
  const counts = text === undefined ? undefined : step.report?.read(text)
  const ok = code === 0 && (step.report === undefined || counts !== undefined)
  return { name: step.name, ok, seconds, counts }
}

function describe({ name, ok, seconds, counts }: Outcome): string {
  const numbers = counts === undefined ? '' : `  ${counts.passed} passed, ${counts.failed.length} failed, ${counts.skipped.length} skipped`
  return [`${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(12)} ${seconds.toFixed(0).padStart(4)} s${numbers}`, ...(counts?.skipped ?? []).map((test) => `        skipped: ${test}`)].join('\n')
}

async function main(wanted: readonly string[]): Promise<number> {
  await mkdir(reports, { recursive: true })
  const steps = allSteps().filter((step) => step.absent !== true && (wanted.length === 0 || wanted.includes(step.name)))
  const unknown = wanted.filter((name) => !allSteps().some((step) => step.name === name))
  if (unknown.length > 0) throw new Error(`no such step: ${unknown.join(', ')}; there are: ${allSteps().map((step) => step.name).join(', ')}`)
  const checks = Promise.all(steps.filter(({ readsOnly }) => readsOnly).map(runStep))
  const runners = steps.filter(({ readsOnly }) => !readsOnly)
  const outcomes: Outcome[] = []
  const withChecks = async (): Promise<void> => {
    outcomes.unshift(...await checks)
    if (outcomes.length > 0) console.log(`\n=== so far\n${outcomes.map(describe).join('\n')}`)
  }
  if (runners.length === 0) await withChecks()
  for (const [i, step] of runners.entries()) {
    // The summary stands before the last runner, so that the end of the output is that runner's own closing lines.
    if (i === runners.length - 1) await withChecks()
    const isPossible = step.needs === undefined || outcomes.every(({ name, ok }) => name !== step.needs || ok)
    outcomes.push(isPossible ? await runStep(step) : { name: step.name, ok: false, seconds: 0 })
  }
  const skipped = outcomes.flatMap(({ counts }) => counts?.skipped ?? [])
  const failed = outcomes.filter(({ ok }) => !ok).map(({ name }) => name)
  const skipsCount = process.env['CI'] !== undefined && skipped.length > 0
  if (skipped.length > 0) console.log(`\n${skipped.length} skipped${skipsCount ? ', and in CI none may be' : ''}:\n${skipped.map((test) => `  ${test}`).join('\n')}`)
  for (const { name, counts } of outcomes) for (const test of counts?.failed ?? []) console.log(`\n${name}: ${test}`)
  // The names once more, for somebody who sees the end alone.
  if (failed.length > 0) console.log(['\nFAILED:', ...failed.map((name) => `  ${name}`), ...outcomes.flatMap(({ name, counts }) => (counts?.failed ?? []).map((test) => `  ${name}: ${test.split('\n')[0] ?? ''}`))].join('\n'))
  return failed.length > 0 || skipsCount ? 1 : 0
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  return 1
})
