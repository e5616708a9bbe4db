import { pathText } from '../../common/compose/schema/words.ts'
import type { Problem } from '../../common/contract/index.ts'
import type { Path, Span } from '../../common/yaml/place.ts'

/** Gathers what is to be said about the fields of a Compose file: what stands in the way, and what Swarm does not heed. */
export class Findings {
  /** Errors: nothing can be deployed. Warnings: it can, but somebody should know. */
  readonly problems: Problem[] = []
  /** Fields without any effect in Swarm. */
  readonly ignored: Problem[] = []
  readonly #place: ((path: Path) => Span) | undefined

  /** `place`: where a field is in the text, when there is one. */
  constructor(place?: (path: Path) => Span) {
    this.#place = place
  }

  refuse(path: Path, message: string): void {
    this.problems.push({ severity: 'error', message, ...this.at(path) })
  }

  warn(path: Path, message: string): void {
    this.problems.push({ severity: 'warning', message, ...this.at(path) })
  }

  ignore(path: Path, message: string): void {
    this.ignored.push({ severity: 'warning', message, ...this.at(path) })
  }

  /** The field's name, and its place where it is known. */
  at(path: Path): Omit<Problem, 'severity' | 'message'> {
    return { field: pathText(path), ...this.#place?.(path) }
  }
}
