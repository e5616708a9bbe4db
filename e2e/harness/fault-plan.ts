/** What happens to one server, or (`engine killed`) to the desk. */
export const KINDS = ['power cut', 'link cut', 'frozen', 'dockerd ended', 'dockerd killed', 'engine killed'] as const
export type FaultKind = (typeof KINDS)[number]

/** One fault: what, to whom, how long, and how long after its step began. */
export interface Fault {
  kind: FaultKind
  /** The server's number, from 1; undefined: the engine. */
  host: number | undefined
  /** How long it lasts, milliseconds; a Docker that is restarted needs as long as it needs. */
  forMs: number
  afterMs: number
}

const TWO_AT_ONCE = 0.3

/** How long each kind lasts, from and to, milliseconds. */
const LASTS: Readonly<Record<FaultKind, readonly [number, number]>> = {
  'power cut': [0, 10_000], 'link cut': [1_000, 20_000], 'frozen': [1_000, 10_000], 'dockerd ended': [0, 0], 'dockerd killed': [0, 0], 'engine killed': [0, 8_000],
}

/**
 * Faults in a row for `hosts` servers: `steps` steps, each of one fault or of two that overlap, on different victims. Of three servers at most
 * two are ever hit together. The same chances, the same plan. Pure.
 */
export function planFaults(random: () => number, steps: number, hosts: number): Fault[][] {
  const below = (n: number): number => Math.floor(random() * n)
  // All kinds have their turn before one comes again, whatever the seed.
  let left: FaultKind[] = []
  const next = (not?: FaultKind): FaultKind => {
    const pool = left.filter((kind) => kind !== not)
    const from = pool.length > 0 ? pool : KINDS.filter((kind) => kind !== not)
    const kind = from[below(from.length)] ?? 'power cut'
    left = left.includes(kind) ? left.filter((k) => k !== kind) : KINDS.filter((k) => k !== kind && k !== not)
    return kind
  }
  const fault = (kind: FaultKind, afterMs: number, notHost?: number): Fault => {
    const [from, to] = LASTS[kind]
    const free = Array.from({ length: hosts }, (_, i) => i + 1).filter((host) => host !== notHost)
    return { kind, host: kind === 'engine killed' ? undefined : free[below(free.length)], forMs: Math.round(from + random() * (to - from)), afterMs }
  }
  return Array.from({ length: steps }, () => {
    const first = fault(next(), 0)
    if (random() >= TWO_AT_ONCE || hosts < 3) return [first]
    return [first, fault(next(first.host === undefined ? first.kind : undefined), below(3_000), first.host)]
  })
}

/** A step in words. */
export function describeFaults(faults: readonly Fault[]): string {
  return faults.map(({ kind, host, forMs, afterMs }) => `${host === undefined ? kind : `server ${String(host)} ${kind}`}${forMs === 0 ? '' : ` for ${(forMs / 1000).toFixed(1)} s`}${afterMs === 0 ? '' : ` after ${(afterMs / 1000).toFixed(1)} s`}`).join(' and ')
}
