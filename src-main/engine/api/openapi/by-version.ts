import { groupBy } from '../../../common/group-by.ts'
import type { ServedResource } from './operations.ts'
import { documentName } from './v3.ts'

/** Something made of each group and version, and made anew only where what is served of it has changed: there are many, and a definition changes one. */
export class ByVersion<T> {
  #kept = new Map<string, { readonly of: readonly ServedResource[]; readonly made: T }>()

  /** By `apis/apps/v1`, in the order of the resources. */
  of(resources: readonly ServedResource[], make: (resources: readonly ServedResource[], name: string) => T): Map<string, T> {
    const kept = this.#kept
    this.#kept = new Map()
    for (const [name, own] of groupBy(resources, ({ resource }) => documentName(resource))) {
      const known = kept.get(name)
      this.#kept.set(name, known !== undefined && isSame(known.of, own) ? known : { of: own, made: make(own, name) })
    }
    return new Map([...this.#kept].map(([name, { made }]) => [name, made]))
  }
}

function isSame(a: readonly ServedResource[], b: readonly ServedResource[]): boolean {
  return a.length === b.length && a.every(({ defined, resource }, i) => defined === b[i]?.defined && resource === b[i]?.resource)
}
