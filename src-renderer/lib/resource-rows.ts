import type { ResourceCell, ResourceColumn, ResourceRow } from '../../src-main/common/contract/index.ts'

/** A column that is shown; `index`: its cell in a row. The namespace is a column of ours. */
export interface ShownColumn {
  id: string
  name: string
  index: number
}

export const NAMESPACE = 'Namespace'
export const AGE = 'Age'

/** The columns to show: those of the API, the wide ones on demand, and the namespace where rows of several are there. */
export function shownColumns(columns: readonly ResourceColumn[], wide: boolean, namespaces: boolean): ShownColumn[] {
  const own = columns.map((column, index) => ({ id: `${String(index)}-${column.name}`, name: column.name, index, wide: column.wide })).filter((c) => wide || !c.wide)
  const [first, ...rest] = own.map(({ id, name, index }): ShownColumn => ({ id, name, index }))
  return first === undefined ? [] : [first, ...(namespaces ? [{ id: NAMESPACE, name: NAMESPACE, index: -1 }] : []), ...rest]
}

/** A cell as text; '–' where the API says that there is nothing. */
export function cellText(row: ResourceRow, { index, name }: ShownColumn): string {
  if (index < 0) return row.ref.namespace
  if (index === 0 && name === 'Name') return row.ref.name
  const value: ResourceCell = row.cells[index] ?? null
  return value === null || value === '' || value === '<none>' ? '–' : String(value)
}

/** The rows in which every word is found, in the order of a column; equal ones by name. */
export function arrangeRows(rows: readonly ResourceRow[], columns: readonly ShownColumn[], filter: string, sort: { by: string; up: boolean }): ResourceRow[] {
  const words = filter.toLowerCase().split(/\s+/).filter((w) => w !== '')
  const searched = columns.filter((c) => c.name !== AGE)
  const found = words.length === 0 ? [...rows] : rows.filter((row) => {
    const text = searched.map((c) => cellText(row, c)).join(' ').toLowerCase()
    return words.every((w) => text.includes(w))
  })
  const column = columns.find((c) => c.id === sort.by) ?? columns[0]
  if (column === undefined) return found
  const order = orderOf(column)
  const direction = sort.up ? 1 : -1
  return found.sort((a, b) => direction * order(a, b) || COLLATOR.compare(a.ref.name, b.ref.name) || COLLATOR.compare(a.ref.namespace, b.ref.namespace))
}

// 9 before 10, 2/3 before 10/10.
const COLLATOR = new Intl.Collator('en', { numeric: true })

function orderOf(column: ShownColumn): (a: ResourceRow, b: ResourceRow) => number {
  if (column.name === AGE) return (a, b) => b.createdAt - a.createdAt
  return (a, b) => {
    const [since, until] = [durationOf(cellText(a, column)), durationOf(cellText(b, column))]
    if (since !== undefined && until !== undefined) return since - until
    const [x, y] = [a.cells[column.index], b.cells[column.index]]
    return column.index >= 0 && typeof x === 'number' && typeof y === 'number' ? x - y : COLLATOR.compare(cellText(a, column), cellText(b, column))
  }
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, y: 31_536_000 }

/** How long a printed duration (`3m20s`) is, in seconds; undefined for any other text. */
function durationOf(text: string): number | undefined {
  if (!/^(?:\d+[smhdy])+$/.test(text)) return undefined
  return [...text.matchAll(/(\d+)([smhdy])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * (SECONDS[unit ?? ''] ?? 0), 0)
}

/** So many rows say how wide columns are. */
const SAMPLE = 200
const LETTER_PX = 8
/** Between columns, and at both ends of a row. */
const GAP_PX = 12
const ENDS_PX = 28

/** How many Latin letters wide a text is: a Korean one is as wide as two. */
function lettersOf(text: string): number {
  return text.length + (text.match(/[\u1100-\uffdc]/g)?.length ?? 0) * 0.6
}

/** Widths for a grid, after what the columns hold, so that none is lost to a long neighbour; and how wide a row is at least, in pixels. */
export function columnWidths(rows: readonly ResourceRow[], columns: readonly ShownColumn[], heading: (column: ShownColumn) => string): { grid: string; least: number } {
  const sample = rows.slice(0, SAMPLE)
  const widths = columns.map((column, i) => {
    // A heading has an arrow behind it.
    const head = lettersOf(heading(column)) + 3
    const longest = column.name === AGE ? head : sample.reduce((most, row) => Math.max(most, lettersOf(cellText(row, column))), head)
    return { share: Math.min(longest, 48), least: LETTER_PX * Math.max(head, Math.min(longest, i === 0 ? 26 : 12)) }
  })
  return {
    grid: widths.map(({ share, least }) => `minmax(${String(Math.ceil(least))}px, ${String(share)}fr)`).join(' '),
    least: ENDS_PX + widths.reduce((sum, { least }) => sum + least, 0) + GAP_PX * Math.max(0, columns.length - 1),
  }
}
