import type { Path } from '../../common/yaml/place.ts'
import { pathText } from '../../common/compose/schema/words.ts'
import type { ReportLine } from '../report.ts'

// Lists whose order is their meaning.
const ORDERED = new Set(['command', 'entrypoint', 'args', 'test'])

/** Fields that a report calls the same and that are not: `before` has them, `after` has something else. Items of lists may stand elsewhere. */
export function broken(before: unknown, after: unknown, report: readonly ReportLine[]): string[] {
  return missing(before, after, report.filter(({ verdict }) => verdict === 'same').map(({ path }) => path), [])
}

function missing(a: unknown, b: unknown, leaves: readonly Path[], at: Path): string[] {
  if (leaves.some((path) => path.length === 0)) return JSON.stringify(plain(a)) === JSON.stringify(plain(b)) ? [] : [`${pathText(at)}: ${JSON.stringify(a)} became ${JSON.stringify(b)}`]
  const steps = [...new Set(leaves.map(([step]) => step ?? ''))]
  return steps.flatMap((step) => {
    const below = leaves.filter(([first]) => first === step).map((path) => path.slice(1))
    const from = at_(a, step)
    if (typeof step !== 'number' || ORDERED.has(String(at.at(-1)))) return missing(from, at_(b, step), below, [...at, step])
    const others = Array.isArray(b) ? (b as unknown[]) : []
    if (others.length === 1) return missing(from, others[0], below, [...at, step])
    const fits = others.some((other) => missing(from, other, below, [...at, step]).length === 0)
    return fits ? [] : [`${pathText([...at, step])}: ${JSON.stringify(from)} is nowhere in ${JSON.stringify(b)}`]
  })
}

function at_(value: unknown, step: string | number): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[step] : undefined
}

/** Blanks in a constraint mean nothing. */
function plain(value: unknown): unknown {
  return typeof value === 'string' && value.startsWith('node.') ? value.replace(/\s/g, '') : value
}
