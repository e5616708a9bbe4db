/** A label as it is typed. */
export interface LabelRow {
  name: string
  value: string
}

/** What is wrong with one of the typed labels: its form, or that it is there twice. A row without anything in it is none. Pure. */
export function labelProblem(rows: readonly LabelRow[], index: number): 'form' | 'twice' | undefined {
  const { name = '', value = '' } = rows[index] ?? {}
  if (name === '' && value === '') return undefined
  if (!/^[\w./-]+$/.test(name)) return 'form'
  return rows.findIndex((row) => row.name === name) < index ? 'twice' : undefined
}

/** What differs from the labels before; null: it goes. Pure. */
export function labelsChange(before: Readonly<Record<string, string>>, rows: readonly LabelRow[]): Record<string, string | null> {
  const after = new Map(rows.filter(({ name }) => name !== '').map(({ name, value }) => [name, value]))
  const gone = Object.keys(before).filter((name) => !after.has(name)).map((name): [string, null] => [name, null])
  return Object.fromEntries([...gone, ...[...after].filter(([name, value]) => before[name] !== value)])
}
