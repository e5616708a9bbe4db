import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir } from 'node:fs/promises'

/** Clock ticks a second in /proc; 100 on every Linux that Node runs on. */
const TICKS = 100

/** A process and all below it. Processes that end meanwhile are left out. */
export async function processTree(pid: number): Promise<number[]> {
  const found = [pid]
  for (const one of found) {
    // The kernel lists children by the thread that made them; Chromium has a thread for just that.
    for (const thread of await readdir(`/proc/${one}/task`).catch(() => [])) {
      const children = await readFile(`/proc/${one}/task/${thread}/children`, 'utf8').catch(() => '')
      found.push(...children.trim().split(' ').filter(Boolean).map(Number))
    }
  }
  return found
}

/** Memory of processes together, MiB, by proportional set size: shared pages count once in all. */
export async function memoryOf(pids: readonly number[]): Promise<number> {
  let kib = 0
  for (const pid of pids) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
    kib += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0)
  }
  return kib / 1024
}

/** Processor time that processes have used since they began, seconds; that of ended children they have waited for included. */
export async function processorOf(pids: readonly number[]): Promise<number> {
  let ticks = 0
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    for (const at of [11, 12, 13, 14]) ticks += Number(fields[at] ?? 0)
  }
  return ticks / TICKS
}

/** The words a process was started with; all in one where it has rewritten them, as Chromium's do. */
export async function commandOf(pid: number): Promise<string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0').filter(Boolean)
}

/** Ends a child, if it has not ended by itself. Resolves when it is over. */
export async function endChild(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}
