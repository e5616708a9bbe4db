import type { Path } from './place.ts'

/** What a line begins with: a field's name, or the dash of a list's item. */
export interface Mark {
  readonly column: number
  /** Undefined: a dash. */
  readonly key: string | undefined
}

/** What a line is indented by, from left to right. */
export function marksOf(line: string): Mark[] {
  const marks: Mark[] = []
  let at = /^\s*/.exec(line)?.[0].length ?? 0
  for (let dash = /^-\s+/.exec(line.slice(at)); dash !== null || line.slice(at) === '-'; dash = /^-\s+/.exec(line.slice(at))) {
    marks.push({ column: at, key: undefined })
    if (dash === null) return marks
    at += dash[0].length
  }
  const key = /^(['"]?)([^\s'"#][^'":#]*?)\1\s*:(?:\s|$)/.exec(line.slice(at))
  if (key !== null) marks.push({ column: at, key: key[2] })
  return marks
}

/** The way to what begins at `column` of a line, by the indents of the lines above it. Items of lists are 0. */
export function wayTo(lines: readonly string[], line: string, column: number): Path {
  const path: (string | number)[] = []
  let limit = column
  const climb = (marks: readonly Mark[]): void => {
    for (const mark of [...marks].reverse()) {
      // The dashes of a list may stand right below the name of the list.
      const below = path[0] === 0 && mark.key !== undefined ? mark.column <= limit : mark.column < limit
      if (!below) continue
      path.unshift(mark.key ?? 0)
      limit = mark.column
    }
  }
  climb(marksOf(/^\s*(?:-\s+)*/.exec(line)?.[0].trimEnd() ?? ''))
  for (const above of [...lines].reverse()) {
    if (above.trim() === '' || above.trimStart().startsWith('#')) continue
    climb(marksOf(above))
    if (limit === 0 && path[0] !== 0) break
  }
  return path
}
