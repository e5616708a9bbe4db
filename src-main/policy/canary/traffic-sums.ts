import type { ServerCounters } from '../../common/kube/traffic.ts'
import { SLIDING } from '../../common/kube/traffic.ts'

/** Requests and how they went. */
export interface Sum {
  requests: number
  errors: number
  /** Those that were answered, and the time that took, all together. */
  answers: number
  totalMs: number
}

export const NO_REQUESTS: Sum = { requests: 0, errors: 0, answers: 0, totalMs: 0 }

/** The last reading of each server, by `proxy place`. */
export type Readings = ReadonlyMap<string, ServerCounters>

/**
 * What came since the last reading, by address. The first reading of a proxy, or of a backend in it, is where counting begins. A process that is new to a known proxy counts from 0, and so does
 * a server that is new in a known backend.
 */
export function growth(before: Readings, reading: readonly ServerCounters[]): { readings: Readings; sums: Map<string, Sum> } {
  const readings = new Map(before)
  const known = new Map([...before.values()].map(({ proxy, process }) => [proxy, process]))
  const backends = new Set([...before.values()].map(backendOf))
  const sums = new Map<string, Sum>()
  for (const now of reading) {
    const key = `${now.proxy} ${now.place}`
    const old = before.get(key)
    readings.set(key, now)
    if (!known.has(now.proxy)) continue
    const anew = known.get(now.proxy) !== now.process
    if (!anew && old === undefined && !backends.has(backendOf(now))) continue
    sums.set(now.address, add(sums.get(now.address) ?? NO_REQUESTS, since(anew ? undefined : old, now)))
  }
  return { readings, sums }
}

export function add(a: Sum, b: Sum): Sum {
  return { requests: a.requests + b.requests, errors: a.errors + b.errors, answers: a.answers + b.answers, totalMs: a.totalMs + b.totalMs }
}

/** Mean time to the answer; undefined where there was none. */
export function meanOf({ answers, totalMs }: Sum): number | undefined {
  return answers === 0 ? undefined : totalMs / answers
}

function backendOf({ proxy, place }: ServerCounters): string {
  return `${proxy} ${place.slice(0, place.lastIndexOf('/'))}`
}

function since(old: ServerCounters | undefined, now: ServerCounters): Sum {
  const from = { answers: old?.answers ?? 0, errors: old?.errors ?? 0, failed: old?.failed ?? 0, meanMs: old?.meanMs ?? 0 }
  const answers = Math.max(0, now.answers - from.answers)
  const failed = Math.max(0, now.failed - from.failed)
  return { requests: answers + failed, errors: failed + Math.max(0, now.errors - from.errors), answers, totalMs: answers * meanBetween(from, now, answers) }
}

/** The mean of the last `answers` of them, of two values of a mean that becomes a sliding one: what the later value owes to the earlier is taken out. */
function meanBetween(from: { answers: number; meanMs: number }, now: { answers: number; meanMs: number }, answers: number): number {
  if (answers === 0) return 0
  const slid = Math.max(0, now.answers - Math.max(SLIDING, from.answers))
  const owed = Math.min(1, from.answers / Math.min(SLIDING, now.answers)) * (1 - 1 / SLIDING) ** slid
  return Math.max(0, (now.meanMs - from.meanMs * owed) / (1 - owed))
}
