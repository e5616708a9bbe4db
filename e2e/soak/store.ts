import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runKillTrials } from '../../src-main/engine/store/testing/kill-trials.ts'
import { runPowerTrials } from '../../src-main/engine/store/testing/power-trials.ts'
import type { SoakContext, SoakResult } from './soak.ts'

/** Kills a process that writes to the store at 100 points, and cuts its power at ten times as many: nothing acknowledged may be lost. */
export default async function store({ seed, trials = 100, say }: SoakContext): Promise<SoakResult> {
  const dir = await mkdtemp(join(tmpdir(), 'toque-soak-'))
  try {
    const kills = await runKillTrials({ dir: join(dir, 'kills'), trials, seed })
    say(`${String(kills.length)} SIGKILLs; ${String(kills.at(-1)?.acknowledged ?? 0)} writes acknowledged`)
    const cuts = await runPowerTrials({ dir: join(dir, 'cuts'), trials: trials * 10, seed, commits: 200, sync: true })
    say(`${String(cuts.length)} power cuts`)
    const failures = [...kills, ...cuts].flatMap(({ fault }) => fault ?? [])
    return { trials: kills.length + cuts.length, failures, figures: { 'acknowledged.writes': kills.at(-1)?.acknowledged ?? 0 } }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
