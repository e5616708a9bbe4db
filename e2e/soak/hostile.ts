import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runHostile } from '../../src-main/engine/api/testing/hostile/run.ts'
import { ApiProcess } from '../harness/api-process.ts'
import type { SoakContext, SoakResult } from './soak.ts'

/** Of what it has when the first tenth is over: by then everything was compiled, and caches are full. */
const MAY_GROW_MIB = 150
const SETTLE_MS = 30_000

/** What a process has open: paths, and sockets by their numbers. */
function openFiles(pid: number): string[] {
  const dir = `/proc/${String(pid)}/fd`
  return readdirSync(dir).flatMap((descriptor) => {
    try {
      return [readlinkSync(join(dir, descriptor))]
    } catch {
      // Closed since.
      return []
    }
  })
}

/** What is in `now` more often than in `before`. */
function moreThan(before: readonly string[], now: readonly string[]): string[] {
  const rest = [...before]
  return now.filter((file) => {
    const at = rest.indexOf(file)
    if (at >= 0) rest.splice(at, 1)
    return at < 0
  })
}

/** Sends 20,000 malformed or hostile requests to an API in a process of its own: it stays up, answers with a Status, and keeps nothing of them. */
export default async function hostile({ random, trials = 20_000, say, signal }: SoakContext): Promise<SoakResult> {
  const api = await ApiProcess.start()
  try {
    const pki = join(api.dir, 'pki')
    const read = (name: string): Buffer => readFileSync(join(pki, name))
    const server = { host: '127.0.0.1', port: Number(new URL(api.url).port), ca: read('ca.crt'), cert: read('admin.crt'), key: read('admin.key') }
    // The audit log is opened at the first write that is to be in it, once, and stays open.
    const idle = [...openFiles(api.pid), join(api.dir, 'audit', 'audit.log')]
    const left = (): string[] => moreThan(idle, openFiles(api.pid))
    const failures: string[] = []
    const codes = new Map<string, number>()
    const tenth = Math.ceil(trials / 10)
    let after = 0
    for (let sent = 0; sent < trials; sent += tenth) {
      const { faults, codes: some } = await runHostile({ random, count: Math.min(tenth, trials - sent), workers: 8, server, signal })
      failures.push(...faults)
      for (const [code, n] of some) codes.set(code, (codes.get(code) ?? 0) + n)
      const mib = await api.mib()
      if (sent === 0) after = mib
      say(`${String(sent + tenth)} requests, ${String(failures.length)} badly answered; ${mib.toFixed(0)} MiB, ${String(left().length)} files or connections open`)
    }
    // What a client cut may take until the server hears of it.
    for (const until = Date.now() + SETTLE_MS; left().length > 0 && Date.now() < until;) await sleep(100, undefined, { signal })
    if (left().length > 0) failures.push(`open that was not at the beginning: ${left().join(', ')}`)
    const grown = (await api.mib()) - after
    if (grown > MAY_GROW_MIB) failures.push(`its memory grew by ${grown.toFixed(0)} MiB after the first tenth`)
    return { trials, failures, figures: { 'memory.grown.mib': Math.round(grown), ...Object.fromEntries([...codes].sort().map(([code, n]) => [`answers.${code}`, n])) } }
  } finally {
    await api.stop()
  }
}
