/** One value of an exposition. */
export interface ExposedSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What a program exposes. */
export interface Exposition {
  readonly samples: readonly ExposedSample[]
  /** Names of what only grows. */
  readonly counters: ReadonlySet<string>
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?\s*/y
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', '\\': '\\', '"': '"' }

/** Reads Prometheus' text format. Lines that are none of it are passed over, and so are values that are no number. */
export function parseExposition(text: string): Exposition {
  const samples: ExposedSample[] = []
  const counters = new Set<string>()
  for (const raw of text.split('\n')) {
    const line = raw.trim()
    const type = /^#\s*TYPE\s+(\S+)\s+counter$/.exec(line)?.[1]
    if (type !== undefined) counters.add(type)
    if (line === '' || line.startsWith('#')) continue
    const m = SAMPLE.exec(line)
    const labels = m === null ? undefined : labelsOf((m[2] ?? '').trim())
    const value = Number(m?.[3])
    if (m !== null && labels !== undefined && Number.isFinite(value)) samples.push({ name: m[1] ?? '', labels, value })
  }
  return { samples, counters }
}

/** Does the metric only grow? Of what says nothing of itself, the name does. */
export function isCounter({ counters }: Exposition, name: string): boolean {
  return counters.has(name) || name.endsWith('_total')
}

function labelsOf(text: string): Record<string, string> | undefined {
  const labels: [string, string][] = []
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < text.length) {
    const m = LABEL.exec(text)
    if (m === null) return undefined
    labels.push([m[1] ?? '', (m[2] ?? '').replace(/\\(.)/g, (_, c: string) => ESCAPED[c] ?? c)])
  }
  return Object.fromEntries(labels)
}
