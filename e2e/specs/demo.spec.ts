import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@playwright/test'
import { firstLine } from '../lab/first-line.ts'
import { labsDir, repository } from '../lab/places.ts'
import { BrowserTab } from '../pages/browser-tab.ts'

// `npm run demo` as a person runs it, up to its Ctrl+C.

const ENDS = 'ends the demo and takes everything away'
/** A test that the runner gives up leaves the demo running: the wait ends before that. */
const PATIENCE_MS = 240_000
test.setTimeout(PATIENCE_MS + 120_000)

/** Runs the demo until it says what runs; `whileItRuns` gets that line. Then Ctrl+C: it must end well and leave no lab. */
async function demo(env: NodeJS.ProcessEnv, whileItRuns: (line: string) => Promise<void>): Promise<void> {
  const labs = `${labsDir()}-of-${String(process.pid)}`
  // A group of its own, as a terminal gives it: Ctrl+C reaches all of it.
  const child = spawn(process.execPath, [join(repository, 'e2e/prepared.mjs'), '--build', 'demo.ts'], { cwd: repository, env: { ...env, TOQUE_LAB_DIR: labs }, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let progress = ''
  child.stderr.on('data', (chunk: Buffer) => (progress += chunk.toString()))
  const exit = once(child, 'exit')
  try {
    const late = sleep(PATIENCE_MS, undefined, { ref: false }).then(() => Promise.reject(new Error('it takes too long')))
    const line = await Promise.race([firstLine(child.stdout), late]).catch((error: unknown) => Promise.reject(new Error(progress, { cause: error })))
    expect(line).toContain(ENDS)
    expect(line).toContain('my-website-deployment runs 3 nginx')
    expect(progress).toContain('my-website.yaml is applied')
    expect(progress).toContain('3 of 3 ready')
    await whileItRuns(line)
  } finally {
    process.kill(-(child.pid ?? 0), 'SIGINT')
    expect(await exit).toEqual([0, null])
  }
  expect(existsSync(labs) ? await readdir(labs) : []).toEqual([])
  await rm(labs, { recursive: true, force: true })
}

test('with a display: the window shows the three', async () => {
  await demo(process.env, (line) => {
    expect(line).toContain('in the window')
    return Promise.resolve()
  })
})

test('without a display: the same screens in a browser, at the URL that is printed', async () => {
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...env } = process.env
  await demo(env, async (line) => {
    const tab = await BrowserTab.open(/http:\S+/.exec(line)?.[0] ?? '')
    try {
      await tab.page.openApp('my-website-deployment')
      await tab.page.expectReady(3)
    } finally {
      await tab.close()
    }
  })
})
