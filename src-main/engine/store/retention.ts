import type { LogLine, Trim } from './disk.ts'
import type { Key } from './store.ts'

/** How long the past is kept. A limit reached first wins. */
export interface Retention {
  /** How many revisions back `watch` and `list` can start. */
  readonly revisions: number
  /** And how old, in milliseconds. */
  readonly revisionsAge: number
  /** How many changes the journal keeps. */
  readonly journal: number
  /** And how old, in milliseconds. */
  readonly journalAge: number
  /** Keys that never stay in the journal once compacted: they change all the time and nobody undoes them. */
  readonly transient: (key: Key) => boolean
}

/** An hour to resume a watch; a month of history. */
export const DEFAULT_RETENTION: Retention = {
  revisions: 10_000,
  revisionsAge: 3_600_000,
  journal: 50_000,
  journalAge: 30 * 24 * 3_600_000,
  transient: (key) => /^\/[^/]*\/(events|leases|logpositions)\//.test(key),
}

/** What `planTrim` looks at. */
export interface TrimState {
  readonly retention: Retention
  readonly now: number
  /** How many lines it may look at, for compaction and for the journal each. */
  readonly step: number
  /** The store's revision, and the one the transaction makes. */
  readonly revision: number
  readonly nextRevision: number
  readonly compacted: number
  /** Lines in the log, counting those the transaction adds. */
  readonly logLength: number
  /** Lines between two revisions, both inclusive, oldest first. */
  readonly log: (from: number, to: number) => Iterable<LogLine>
}

/** How far to compact, always whole revisions, and which lines of the log to take away: transient keys' when compacted, others' when the journal is full. */
export function planTrim(state: TrimState): Trim {
  const { retention, now, step } = state
  const lines: LogLine[] = []
  let compacted = state.compacted
  let looked = 0
  for (const line of state.log(state.compacted + 1, state.revision)) {
    const old = line.revision <= state.nextRevision - retention.revisions || line.time < now - retention.revisionsAge
    if (line.revision !== compacted && (!old || looked >= step)) break
    compacted = line.revision
    looked += 1
    if (retention.transient(line.key)) lines.push(line)
  }
  let length = state.logLength - lines.length
  looked = 0
  for (const line of state.log(0, state.compacted)) {
    if (looked++ >= step || (length <= retention.journal && line.time >= now - retention.journalAge)) break
    lines.push(line)
    length -= 1
  }
  return { compacted, lines }
}
