import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runHostile } from '../../src-main/engine/api/testing/hostile/run.ts'
import { ApiProcess } from '../harness/api-process.ts'
import type { SoakContext, SoakResult } from './soak.ts'

/** Of what it has when the first tenth is over: by then everything was compiled, and caches are full. */
const MAY_GROW_MIB = 150
const SETTLE_MS = 30_000

/** Sends 20,000 malformed or hostile requests to an API in a process of its own: it stays up, answers with a Status, and keeps nothing of them. */
export default async function hostile({ random, trials = 20_000, say, signal }: SoakContext): Promise<SoakResult> {
  const api = await ApiProcess.start()
  try {
    const pki = join(api.dir, 'pki')
    const read = (name: string): Buffer => readFileSync(join(pki, name))
    const server = { host: '127.0.0.1', port: Number(new URL(api.url).port), ca: read('ca.crt'), cert: read('admin.crt'), key: read('admin.key') }
    const open = (): number => readdirSync(`/proc/${String(api.pid)}/fd`).length
    const failures: string[] = []
    const codes = new Map<string, number>()
    const tenth = Math.ceil(trials / 10)
    const idle = open()
    let after = 0
    for (let sent = 0; sent < trials; sent += tenth) {
      const { faults, codes: some } = await runHostile({ random, count: Math.min(tenth, trials - sent), workers: 8, server, signal })
      failures.push(...faults)
      for (const [code, n] of some) codes.set(code, (codes.get(code) ?? 0) + n)
      const mib = await api.mib()
      if (sent === 0) after = mib
      say(`${String(sent + tenth)} requests, ${String(failures.length)} badly answered; ${mib.toFixed(0)} MiB, ${String(open())} open files`)
    }
    // What a client cut may take until the server hears of it.
    for (const until = Date.now() + SETTLE_MS; open() > idle && Date.now() < until;) await sleep(100, undefined, { signal })
    if (open() > idle) failures.push(`${String(open() - idle)} files or connections more are open than at the beginning`)
    const grown = (await api.mib()) - after
    if (grown > MAY_GROW_MIB) failures.push(`its memory grew by ${grown.toFixed(0)} MiB after the first tenth`)
    return { trials, failures, figures: { 'memory.grown.mib': Math.round(grown), ...Object.fromEntries([...codes].sort().map(([code, n]) => [`answers.${code}`, n])) } }
  } finally {
    await api.stop()
  }
}
