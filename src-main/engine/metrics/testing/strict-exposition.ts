/** A series as read: its name with its labels in order, and its value. */
export interface ReadSeries {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"(?:,|(?=\})))*)\})? (N[aA][nN]|[+-]Inf|[-+0-9.eE]+)(?: (-?\d+))?$/
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g
const SUFFIXES = ['_bucket', '_sum', '_count']

/** Reads the text format 0.0.4 and throws at whatever the format forbids: a second HELP or TYPE, lines of a name apart, a series twice, bad escapes. */
export function readStrictly(text: string): ReadSeries[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const types = new Map<string, string>()
  const helps = new Set<string>()
  const over = new Set<string>()
  const seen = new Set<string>()
  const found: ReadSeries[] = []
  let current = ''
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line)
    if (/^# (HELP|TYPE)/.test(line) && comment === null) throw new Error(`no HELP or TYPE of the format: ${line}`)
    if (line === '' || (line.startsWith('#') && comment === null)) continue
    const sample = comment === null ? LINE.exec(line) : null
    if (comment === null && sample === null) throw new Error(`no sample: ${line}`)
    const name = comment?.[2] ?? sample?.[1] ?? ''
    const base = SUFFIXES.map((s) => (name.endsWith(s) ? name.slice(0, -s.length) : '')).find((b) => types.get(b) === 'histogram' || types.get(b) === 'summary') ?? name
    if (base !== current) {
      if (over.has(base)) throw new Error(`${base} goes on after another`)
      over.add(current)
      current = base
    }
    if (comment?.[1] === 'HELP') {
      if (helps.has(name)) throw new Error(`a second HELP of ${name}`)
      helps.add(name)
    } else if (comment !== null) {
      if (types.has(name)) throw new Error(`a second TYPE of ${name}`)
      types.set(name, comment[3] ?? '')
    }
    if (sample === null) continue
    if (!types.has(base) || !helps.has(base)) throw new Error(`${base} has no TYPE or no HELP`)
    const labels = [...(sample[2] ?? '').matchAll(LABEL)].map((m): [string, string] => [m[1] ?? '', (m[2] ?? '').replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c))])
    if (new Set(labels.map(([l]) => l)).size < labels.length) throw new Error(`a label twice: ${line}`)
    const id = JSON.stringify([name, [...labels].sort(([a], [b]) => (a < b ? -1 : 1))])
    if (seen.has(id)) throw new Error(`a series twice: ${line}`)
    seen.add(id)
    found.push({ name, labels: Object.fromEntries(labels), value: Number((sample[3] ?? '').replace('Inf', 'Infinity')) })
  }
  return found
}
