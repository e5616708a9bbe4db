/** Whose lines they are. */
export interface LogSource {
  readonly namespace: string
  readonly pod: string
  readonly podUid: string
  readonly container: string
  readonly node: string
  /** The pod's label `app` or `app.kubernetes.io/name`; '' without. */
  readonly app: string
}

/** One line of a container's log. */
export interface LogEntry {
  readonly source: LogSource
  /** Docker's ID of the container. */
  readonly id: string
  /** RFC 3339, nine digits, UTC: texts compare as the times do. */
  readonly time: string
  readonly text: string
}

/** The time in nanoseconds since the epoch, in decimal. */
export function nanosOf(time: string): string {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? ''
  const seconds = Math.floor(Date.parse(time) / 1000)
  return (BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9))).toString()
}

/** What an entry takes in memory, about. */
export function sizeOf({ text }: LogEntry): number {
  return text.length + 100
}

/** Where entries go. */
export interface LogOutput {
  /**
   * Resolves when the other side has them for good, with how many it refused for good and why. Rejects with a DeliveryError: none, or nobody knows which, arrived.
   */
  send(entries: readonly LogEntry[], signal: AbortSignal): Promise<{ dropped: number; why?: string }>
  close(): Promise<void>
}

/** The entries by their source, in the order of each. */
export function bySource(entries: readonly LogEntry[]): Map<LogSource, LogEntry[]> {
  const found = new Map<LogSource, LogEntry[]>()
  for (const entry of entries) {
    const list = found.get(entry.source)
    if (list === undefined) found.set(entry.source, [entry])
    else list.push(entry)
  }
  return found
}
