import type { Problem } from '../contract/index.ts'
import type { Path } from '../yaml/place.ts'
import type { Reading } from './forms/form.ts'
import type { Variables } from './interpolate.ts'
import { pathText } from './schema/words.ts'
import type { Source } from './source.ts'

/** What a file is read with: the values of variables, and the texts of the files that it names, by the path written there. */
export interface ReadOptions {
  readonly variables?: Variables
  readonly files?: Readonly<Record<string, string>>
}

/** Gathers what is wrong with a file, each thing at its place, and once. */
export class Problems {
  readonly found: Problem[] = []
  readonly #source: Source
  /** Fields that are reported already: what follows from them is not. */
  readonly #reported = new Set<string>()

  constructor(source: Source) {
    this.#source = source
    this.found.push(...source.problems)
  }

  add(path: Path, message: string, part: 'key' | 'value' = 'value', severity: Problem['severity'] = 'error'): void {
    if (severity === 'error') {
      if (path.some((_, i) => this.#reported.has(JSON.stringify(path.slice(0, i + 1))))) return
      this.#reported.add(JSON.stringify(path))
    }
    this.found.push({ severity, message, field: pathText(path), ...this.#source.place(path, part) })
  }

  get broken(): boolean {
    return this.found.some(({ severity }) => severity === 'error')
  }

  /** For the forms, which say what is wrong without naming the field. */
  reading(path: Path = []): Reading {
    return { path, problem: (message) => this.add(path, `${pathText(path)} ${message}`), at: (...steps) => this.reading([...path, ...steps]) }
  }
}
