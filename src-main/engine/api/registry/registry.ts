import type { Resource } from '../../../common/kube/resource.ts'
import { StatusError } from '../../../common/errors.ts'
import type { Kind } from './kind.ts'

/** The kinds that are served, by group, version and plural. */
export class Registry {
  readonly #kinds = new Map<string, Kind>()

  constructor(kinds: readonly Kind[]) {
    for (const kind of kinds) this.#kinds.set(idOf(kind.resource), kind)
  }

  find(resource: Pick<Resource, 'group' | 'version' | 'plural'>): Kind | undefined {
    return this.#kinds.get(idOf(resource))
  }

  /** The kind of a resource; NotFound when it is not served. */
  kindOf(resource: Pick<Resource, 'group' | 'version' | 'plural'>): Kind {
    const kind = this.find(resource)
    if (kind === undefined) throw new StatusError('NotFound', 'the server could not find the requested resource')
    return kind
  }

  all(): Kind[] {
    return [...this.#kinds.values()]
  }
}

function idOf({ group, version, plural }: Pick<Resource, 'group' | 'version' | 'plural'>): string {
  return `${group}/${version}/${plural}`
}
