import type { EventEntry } from '../../src-main/common/contract/index.ts'

/** What happened to a server, or to several of its pods at once. */
export interface Step {
  id: string
  reason: string
  /** When it happened; when the first of several did. */
  time: number
  bad: boolean
  /** What each of them was, oldest first. */
  messages: string[]
}

/** One failure of a server from its beginning to its end, or what else happened to it one after the other. */
export interface Incident {
  id: string
  steps: Step[]
}

/** What a failure consists of: upstream's reasons where there are any. */
const REASONS = new Set([
  'NodeNotResponding', 'NodeResponding', 'EndpointsRemoved', 'NodeLost', 'NodeNotReady', 'NodeReady', 'PodRecreated', 'StalePodRemoved',
  'NodeHasInsufficientMemory', 'NodeHasSufficientMemory', 'NodeHasDiskPressure', 'NodeHasNoDiskPressure', 'NodeHasInsufficientPID', 'NodeHasSufficientPID', 'GPUNotUsable',
])
/** Many of these are one step. */
const OF_PODS = new Set(['PodRecreated', 'StalePodRemoved'])
/** A silence begins a new failure, and so does anything after so long a calm. */
const CALM_MS = 10 * 60_000

/** The events about a node as failures, the newest first, each in the order in which it happened. Pure. */
export function incidentsOf(events: readonly EventEntry[]): Incident[] {
  const incidents: Incident[] = []
  let last = -Infinity
  for (const event of events.filter((e) => REASONS.has(e.reason)).sort((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1))) {
    const begins = event.reason === 'NodeNotResponding' || event.time - last > CALM_MS
    let incident = incidents.at(-1)
    if (incident === undefined || begins) incidents.push(incident = { id: event.id, steps: [] })
    last = event.time
    const before = incident.steps.find((step) => step.reason === event.reason)
    if (before !== undefined && OF_PODS.has(event.reason)) before.messages.push(event.message)
    else incident.steps.push({ id: event.id, reason: event.reason, time: event.time, bad: event.type === 'Warning', messages: [event.message] })
  }
  return incidents.reverse()
}
