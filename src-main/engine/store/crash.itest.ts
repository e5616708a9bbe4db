import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runKillTrials } from './testing/kill-trials.ts'
import { runPowerTrials } from './testing/power-trials.ts'

let dir: string
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'toque-crash-'))))
afterEach(() => rmSync(dir, { recursive: true, force: true }))

test('a SIGKILL at any point loses nothing acknowledged and tears nothing', async () => {
  const trials = await runKillTrials({ dir, trials: 10, seed: 2026 })
  expect(trials.filter((t) => t.fault !== undefined)).toEqual([])
  expect(trials.at(-1)?.acknowledged).toBeGreaterThan(100)
})

test('a power cut at any point loses nothing acknowledged and tears nothing', async () => {
  const trials = await runPowerTrials({ dir, trials: 120, seed: 2026, commits: 80, sync: true })
  expect(trials.filter((t) => t.fault !== undefined)).toEqual([])
  expect(trials.some((t) => t.acknowledged > 60)).toBe(true)
})

test('the control: without the sync the same test finds losses', async () => {
  const trials = await runPowerTrials({ dir, trials: 40, seed: 2026, commits: 40, sync: false })
  expect(trials.filter((t) => t.fault !== undefined).length).toBeGreaterThan(20)
})
