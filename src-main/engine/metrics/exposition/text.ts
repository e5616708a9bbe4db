/** One value of a family. `at`: when it was measured, milliseconds since the epoch; default: now. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  readonly at?: number
}

/** All values of one name. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'gauge' | 'counter'
  readonly samples: Iterable<Sample>
}

/** A family's lines at most, before they are handed on. */
const LINES = 200

/** Families in Prometheus' text format 0.0.4, in pieces of some lines. One that has no samples is an empty piece: looking took its time all the same. */
export function* expositionOf(families: Iterable<Family>): Generator<string, void> {
  for (const { name, help, type, samples } of families) {
    let text = `# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${type}\n`
    let lines = 0
    for (const { labels, value, at } of samples) {
      text += `${name}${labelsText(labels)} ${valueText(value)}${at === undefined ? '' : ` ${String(at)}`}\n`
      if (++lines % LINES === 0) {
        yield text
        text = ''
      }
    }
    yield lines > 0 ? text : ''
  }
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapedValue(value)}"`)
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

/** What names and images hold came from anybody: nothing of it may end a value or a line. */
function escapedValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}

function escapedHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function valueText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}
