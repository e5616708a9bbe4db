/** What a node as a whole has left of what all its processes share. Undefined where its kernel does not say. */
export interface Room {
  memoryAvailableBytes: number | undefined
  processes: { used: number; limit: number } | undefined
}

const MEMORY = '/proc/meminfo'
const LOAD = '/proc/loadavg'
const LIMITS = ['/proc/sys/kernel/pid_max', '/proc/sys/kernel/threads-max']

/** The files that tell it. */
export const ROOM_FILES: readonly string[] = [MEMORY, LOAD, ...LIMITS]

/** Reads them: their lines, by path. Pure. */
export function roomFrom(lines: ReadonlyMap<string, readonly string[]>): Room {
  const kib = /^MemAvailable:\s+(\d+)/.exec(lines.get(MEMORY)?.find((line) => line.startsWith('MemAvailable:')) ?? '')?.[1]
  // Running and all tasks of the kernel's, in every namespace.
  const used = /\/(\d+) \d+$/.exec(lines.get(LOAD)?.[0] ?? '')?.[1]
  const limits = LIMITS.flatMap((path) => lines.get(path)?.[0] ?? []).map(Number).filter((n) => n > 0)
  return {
    memoryAvailableBytes: kib === undefined ? undefined : Number(kib) * 1024,
    processes: used === undefined || limits.length === 0 ? undefined : { used: Number(used), limit: Math.min(...limits) },
  }
}
