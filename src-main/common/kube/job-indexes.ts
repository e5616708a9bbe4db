/** No list of indexes of a Job is longer (upstream's bound of completions in a status): a typo must not fill the memory. */
const MOST = 1_000_000

/** Reads a Job's list of indexes (`1,3-5,7`, ascending); undefined when it is none. */
export function parseIndexes(text: string | undefined): Set<number> | undefined {
  const indexes = new Set<number>()
  if (text === undefined || text === '') return indexes
  let highest = -1
  for (const part of text.split(',')) {
    const m = /^(\d+)(?:-(\d+))?$/.exec(part)
    if (m === null) return undefined
    const from = Number(m[1])
    const to = Number(m[2] ?? m[1])
    if (from <= highest || to < from || indexes.size + to - from >= MOST) return undefined
    for (let i = from; i <= to; i++) indexes.add(i)
    highest = to
  }
  return indexes
}

/** Indexes as a Job's status lists them, in ascending order: three and more in a row are a range. */
export function formatIndexes(indexes: Iterable<number>): string {
  const parts: string[] = []
  let run: [number, number] | undefined
  const close = (): void => {
    if (run !== undefined) parts.push(run[0] === run[1] ? String(run[0]) : run[1] === run[0] + 1 ? `${String(run[0])},${String(run[1])}` : `${String(run[0])}-${String(run[1])}`)
  }
  for (const index of [...indexes].sort((a, b) => a - b)) {
    if (run !== undefined && index === run[1] + 1) {
      run[1] = index
      continue
    }
    close()
    run = [index, index]
  }
  close()
  return parts.join(',')
}
