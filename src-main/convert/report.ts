import { pathText } from '../common/compose/schema/words.ts'
import type { Path, Span } from '../common/yaml/place.ts'

/** What became of a field: it means the same there, something else stands for it, or nothing does. */
export type Verdict = 'same' | 'changed' | 'lost'

/** One field of the input. `message`: how it changed and why that matters, or what to do about its loss; '' when it is the same. */
export interface ReportLine {
  readonly path: Path
  readonly field: string
  readonly verdict: Verdict
  readonly message: string
  readonly place?: Span
}

/** What the parts of a conversion say about the fields below one path. A word about a group is about every field in it that has none of its own. */
export interface Note {
  same(...steps: (string | number)[]): void
  changed(steps: Path | string, message: string): void
  lost(steps: Path | string, message: string): void
  /** A change of a whole group, of which none of its fields tells. */
  remark(steps: Path | string, message: string): void
  in(...steps: (string | number)[]): Note
}

const UNKNOWN = 'There is nothing like it on the other side: it is left out. Check whether the app needs it.'

/** Every leaf of the input, and what was said of it. What nobody spoke of is lost, so that nothing can be dropped in silence. */
export class Ledger {
  readonly #said = new Map<string, { path: Path; verdict: Verdict; message: string }>()
  readonly #remarks: { path: Path; message: string }[] = []
  readonly #input: unknown

  constructor(input: unknown) {
    this.#input = input
  }

  note(base: Path = []): Note {
    const say = (verdict: Verdict, steps: Path | string, message: string): void => {
      const path = [...base, ...(typeof steps === 'string' ? [steps] : steps)]
      this.#said.set(JSON.stringify(path), { path, verdict, message })
    }
    return {
      same: (...steps) => say('same', steps, ''),
      changed: (steps, message) => say('changed', steps, message),
      lost: (steps, message) => say('lost', steps, message),
      remark: (steps, message) => void this.#remarks.push({ path: [...base, ...(typeof steps === 'string' ? [steps] : steps)], message }),
      in: (...steps) => this.note([...base, ...steps]),
    }
  }

  /** A line for each leaf, in the input's order, after the remarks about whole groups. `place`: where a field is written. */
  lines(place?: (path: Path) => Span): ReportLine[] {
    const leaves = leavesOf(this.#input)
    const line = (path: Path, verdict: Verdict, message: string): ReportLine => ({ path, field: pathText(path), verdict, message, ...(place === undefined ? {} : { place: place(path) }) })
    const ofLeaves = leaves.map((path) => {
      for (let length = path.length; length > 0; length--) {
        const found = this.#said.get(JSON.stringify(path.slice(0, length)))
        if (found !== undefined) return line(path, found.verdict, found.message)
      }
      return line(path, 'lost', String(path.at(-1)).startsWith('x-') || path.some((step) => String(step).startsWith('x-')) ? 'A tool\'s own key: the tool that reads it does not read what comes out.' : UNKNOWN)
    })
    return [...this.#remarks.map(({ path, message }) => line(path, 'changed', message)), ...ofLeaves]
  }
}

/** For what keeps its fields but not its place: nothing there is the same, for that reason. */
export function notSame(note: Note, message: string): Note {
  return { ...note, same: (...steps) => note.changed(steps, message), in: (...steps) => notSame(note.in(...steps), message) }
}

/** The paths of all scalars, empty lists and empty groups. */
export function leavesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [path]
  const entries: [string | number, unknown][] = Array.isArray(value) ? value.map((item, i) => [i, item]) : Object.entries(value)
  if (entries.length === 0) return path.length === 0 ? [] : [path]
  return entries.flatMap(([step, item]) => leavesOf(item, [...path, step]))
}

/** The value at a path, undefined when there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce((at: unknown, step) => (typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[step] : undefined), value)
}
