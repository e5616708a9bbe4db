import type { Room } from '../../metrics/start-metrics.ts'
import type { NodeFacts } from './node-facts.ts'

export type PressureType = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure'

/** Whether a node runs short of one thing. */
export interface Pressure {
  type: PressureType
  /** True while it is short, and for a while after. */
  is: boolean
  reason: string
  /** A sentence: what is short, and what to do. */
  message: string
}

/** What is known of a node at one moment; undefined: not (yet). */
export interface Measured {
  room: Room
  disk: NodeFacts['disk']
}

/** Upstream's evictionHard. */
const MEMORY_BYTES = 100 * 1024 ** 2
/** nodefs is 10 % there and imagefs 15 %: Docker has both on one disk, so the stricter one counts. */
const DISK_SHARE = 0.15
const FILES_SHARE = 0.05
/** Images go before pods are turned away, where upstream's imageGCHighThresholdPercent is the same 85 % as its threshold of pressure. */
const FILLING_SHARE = 0.2
/** Upstream has no default for this one. */
const PROCESSES_SHARE = 0.1
/** Upstream's eviction-pressure-transition-period: what comes and goes must not move pods back and forth. */
const CALM_MS = 300_000
/** Disk space does not come back by itself: with twice the threshold free, somebody has made room, and nobody has to wait. */
const PLENTY = 2

const WELL: Record<PressureType, Pick<Pressure, 'reason' | 'message'>> = {
  MemoryPressure: { reason: 'KubeletHasSufficientMemory', message: 'The server has memory left' },
  DiskPressure: { reason: 'KubeletHasNoDiskPressure', message: 'The disk has room' },
  PIDPressure: { reason: 'KubeletHasSufficientPID', message: 'There is room for more processes' },
}

/** Is it time to remove what nothing needs? Pure. */
export function isFilling(disk: NodeFacts['disk']): boolean {
  return disk !== undefined && (freeShare(disk) < FILLING_SHARE || filesFreeShare(disk) < FILLING_SHARE * FILES_SHARE / DISK_SHARE)
}

/** Has enough been removed? A disk that cannot be measured has. Pure. */
export function hasPlenty(disk: NodeFacts['disk']): boolean {
  return disk === undefined || (freeShare(disk) >= DISK_SHARE * PLENTY && filesFreeShare(disk) >= FILES_SHARE * PLENTY)
}

/** Judges one node again and again, and remembers since when it has been calm. */
export class PressureGauge {
  readonly #node: string
  /** When each was last short, monotonic. */
  readonly #lastShort = new Map<PressureType, number>()

  constructor(node: string) {
    this.#node = node
  }

  /** `before`: the types that the node's conditions say it is short of, which a new engine takes over. Types that cannot be measured are left out. */
  judge(measured: Measured, before: ReadonlySet<PressureType>, now: number): Pressure[] {
    return measures(this.#node, measured).map(({ type, short, plenty }) => {
      if (short !== undefined || (!this.#lastShort.has(type) && before.has(type))) this.#lastShort.set(type, now)
      if (short !== undefined) return { type, is: true, ...short }
      const last = this.#lastShort.get(type)
      if (last !== undefined && !plenty && now - last < CALM_MS) return { type, is: true, reason: `${type}Recently`, message: `Server ${this.#node} was short a moment ago. If it stays well for ${String(CALM_MS / 60_000)} minutes, new pods start on it again.` }
      return { type, is: false, ...WELL[type] }
    })
  }
}

interface Measure {
  type: PressureType
  short: Pick<Pressure, 'reason' | 'message'> | undefined
  /** Is there so much again that nobody need wait and see? */
  plenty: boolean
}

function measures(node: string, { room, disk }: Measured): Measure[] {
  const { memoryAvailableBytes: memory, processes } = room
  return [
    ...(memory === undefined ? [] : [{
      type: 'MemoryPressure' as const, plenty: false,
      short: memory >= MEMORY_BYTES ? undefined : { reason: 'KubeletHasInsufficientMemory', message: `Server ${node} has ${String(Math.floor(memory / 1024 ** 2))} MiB of memory left: no new pods start on it. End something there, or give pods memory limits.` },
    }]),
    ...(disk === undefined ? [] : [{ type: 'DiskPressure' as const, ...diskMeasure(node, disk) }]),
    ...(processes === undefined ? [] : [{
      type: 'PIDPressure' as const, plenty: false,
      short: processes.limit - processes.used >= processes.limit * PROCESSES_SHARE ? undefined
        : { reason: 'KubeletHasInsufficientPID', message: `Server ${node} runs ${String(processes.used)} of at most ${String(processes.limit)} processes and threads: no new pods start on it. Find what starts so many, and end it.` },
    }]),
  ]
}

function freeShare({ totalBytes, availableBytes }: NonNullable<NodeFacts['disk']>): number {
  return availableBytes / totalBytes
}

/** Some filesystems make room for files as they go, and say 0. */
function filesFreeShare({ files, filesFree }: NonNullable<NodeFacts['disk']>): number {
  return files === 0 ? 1 : filesFree / files
}

function diskMeasure(node: string, disk: NonNullable<NodeFacts['disk']>): Omit<Measure, 'type'> {
  const free = freeShare(disk)
  const filesShare = filesFreeShare(disk)
  const advice = 'no new pods start on it. Free space there, or remove unused images (docker image prune --all).'
  const reason = 'KubeletHasDiskPressure'
  const short = free < DISK_SHARE ? { reason, message: `The disk of server ${node} is ${percentUsed(free)} % full: ${advice}` }
    : filesShare < FILES_SHARE ? { reason, message: `The disk of server ${node} has room for few more files (${percentUsed(filesShare)} % are used): ${advice}` }
    : undefined
  return { short, plenty: hasPlenty(disk) }
}

function percentUsed(free: number): string {
  return String(Math.floor((1 - free) * 100))
}
