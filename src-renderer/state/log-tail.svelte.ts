import type { Cluster, LogLine, LogQuery } from '../../src-main/common/contract/index.ts'
import type { Clock } from '../../src-main/common/clock.ts'
import { Feed } from './feed.svelte.ts'

/** Lines kept in the page; older ones can be downloaded no more. */
const KEPT_LINES = 10_000
const FIRST_LINES = 1000

/** A numbered line: numbers rise and never repeat, so that rows keep their identity. */
export interface TailLine extends LogLine {
  id: number
}

/** The logs of some instances, followed. A stream that broke goes on where it ended: nothing is lost and nothing comes twice. */
export class LogTail {
  readonly feed: Feed<LogLine[], TailLine[]>
  #next = 1
  /** The last line of each container, by which repeated ones are known. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- book-keeping that no template reads
  readonly #last = new Map<string, LogLine>()

  constructor(cluster: Cluster, query: () => LogQuery, clock?: Clock) {
    this.feed = new Feed<LogLine[], TailLine[]>(
      () => {
        const newest = Math.max(0, ...[...this.#last.values()].map((l) => l.time))
        return cluster.logs({ ...query(), ...(newest === 0 ? { tailLines: FIRST_LINES } : { since: newest }) })
      },
      () => (lines, before = []) => this.#append(before, lines),
      clock,
    )
  }

  #append(before: TailLine[], lines: LogLine[]): TailLine[] {
    const fresh: TailLine[] = []
    for (const line of lines) {
      const key = `${line.instance}/${line.container}`
      const last = this.#last.get(key)
      if (last !== undefined && (line.time < last.time || (line.time === last.time && line.text === last.text))) continue
      this.#last.set(key, line)
      fresh.push({ ...line, id: this.#next++ })
    }
    return [...before, ...fresh].slice(-KEPT_LINES)
  }
}
