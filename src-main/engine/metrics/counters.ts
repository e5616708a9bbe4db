import type { UsageFiles } from './cgroup-files.ts'

/** What one cgroup has used, at one moment. */
export interface Counters {
  /** Monotonic milliseconds. */
  at: number
  /** CPU time since the cgroup was made. */
  cpuNanos: number
  /** Working set: what the kernel could not take back without pain. */
  memoryBytes: number
}

/** The lines of `path:line` text, by path. */
export function linesByPath(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    if (colon < 0) continue
    const path = line.slice(0, colon)
    const lines = found.get(path)
    if (lines === undefined) found.set(path, [line.slice(colon + 1)])
    else lines.push(line.slice(colon + 1))
  }
  return found
}

/** One cgroup's counters, or undefined when it is gone. */
export function countersFrom(lines: ReadonlyMap<string, string[]>, files: UsageFiles, at: number): Counters | undefined {
  const cpuNanos = single(lines.get(files.cpu)) ?? scaled(field(lines.get(files.cpu), 'usage_usec'), 1000)
  const memoryBytes = files.memory === '/proc/meminfo' ? machineMemory(lines.get(files.memory)) : workingSet(lines, files)
  if (cpuNanos === undefined || memoryBytes === undefined) return undefined
  return { at, cpuNanos, memoryBytes }
}

function workingSet(lines: ReadonlyMap<string, string[]>, files: UsageFiles): number | undefined {
  const used = single(lines.get(files.memory))
  if (used === undefined) return undefined
  const stat = lines.get(files.memoryStat)
  // Version 1 counts a cgroup's children only in the total.
  const inactive = field(stat, 'total_inactive_file') ?? field(stat, 'inactive_file') ?? 0
  return Math.max(0, used - inactive)
}

function machineMemory(lines: readonly string[] | undefined): number | undefined {
  const total = field(lines, 'MemTotal:')
  const available = field(lines, 'MemAvailable:')
  return total === undefined || available === undefined ? undefined : (total - available) * 1024
}

function single(lines: readonly string[] | undefined): number | undefined {
  const line = lines?.[0]
  return line !== undefined && /^\d+$/.test(line) ? Number(line) : undefined
}

function field(lines: readonly string[] | undefined, name: string): number | undefined {
  const line = lines?.find((l) => l.startsWith(`${name} `))
  return line === undefined ? undefined : Number.parseInt(line.slice(name.length).trim(), 10)
}

function scaled(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor
}
