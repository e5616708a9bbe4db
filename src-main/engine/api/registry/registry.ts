import type { Resource } from '../../../common/kube/resource.ts'
import { StatusError } from '../../../common/errors.ts'
import type { Kind } from './kind.ts'
import { versionsOf } from './versions.ts'

/** The kinds that are served, by group, version and plural. */
export class Registry {
  readonly #kinds = new Map<string, Kind>()

  constructor(kinds: readonly Kind[]) {
    for (const kind of kinds.flatMap((k) => [k, ...versionsOf(k)])) this.#kinds.set(idOf(kind.resource), kind)
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

  /** All that are stored, each once. */
  all(): Kind[] {
    return this.served().filter((kind) => kind.live === undefined && kind.answer === undefined && kind.versionOf === undefined)
  }

  /** All that can be asked for: also in other versions, and what is not stored. */
  served(): Kind[] {
    return [...this.#kinds.values()]
  }
}

function idOf({ group, version, plural }: Pick<Resource, 'group' | 'version' | 'plural'>): string {
  return `${group}/${version}/${plural}`
}
