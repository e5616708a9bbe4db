import type { Resource } from '../../../common/kube/resource.ts'
import { StatusError } from '../../../common/errors.ts'
import type { Kind } from './kind.ts'
import { versionsOf } from './versions.ts'

/** The kinds that are served, by group, version and plural: the built-in ones, and those that come and go. */
export class Registry {
  readonly #kinds = new Map<string, Kind>()
  readonly #ofKind = new Map<string, Kind>()
  readonly #builtIn: readonly Kind[]
  readonly #listeners = new Set<(left: readonly Kind[]) => void>()
  #generation = 0

  constructor(kinds: readonly Kind[]) {
    this.#builtIn = kinds
    for (const kind of kinds.flatMap((k) => [k, ...versionsOf(k)])) this.#add(kind)
  }

  find(resource: Pick<Resource, 'group' | 'version' | 'plural'>): Kind | undefined {
    return this.#kinds.get(idOf(resource))
  }

  /** By the name in objects, where `find` takes the one in URLs. */
  findKind({ group, version, kind }: Pick<Resource, 'group' | 'version' | 'kind'>): Kind | undefined {
    return this.#ofKind.get(`${group}/${version}/${kind}`)
  }

  /** The kind of a resource; NotFound when it is not served. */
  kindOf(resource: Pick<Resource, 'group' | 'version' | 'plural'>): Kind {
    const kind = this.find(resource)
    if (kind === undefined) throw new StatusError('NotFound', 'the server could not find the requested resource')
    return kind
  }

  /** All that are stored, each once. */
  all(): Kind[] {
    return this.served().filter((kind) => kind.live === undefined && kind.answer === undefined && kind.versionOf === undefined && kind.isOtherVersion !== true)
  }

  /** All that can be asked for: also in other versions, and what is not stored. */
  served(): Kind[] {
    return [...this.#kinds.values()]
  }

  /** Those that are always there, each once. */
  builtIn(): readonly Kind[] {
    return this.#builtIn
  }

  /** Grows with each change of what is served. */
  get generation(): number {
    return this.#generation
  }

  /** Takes kinds out and puts others in, all at once. Built-in ones stay. */
  replace(leaving: readonly Kind[], coming: readonly Kind[]): void {
    for (const kind of leaving) {
      this.#kinds.delete(idOf(kind.resource))
      this.#ofKind.delete(nameOf(kind.resource))
    }
    for (const kind of coming) this.#add(kind)
    this.#generation++
    for (const listener of [...this.#listeners]) listener(leaving)
  }

  /** Hears of changes, with the kinds that left or were replaced. Returns a function that ends it. */
  onChange(listener: (left: readonly Kind[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #add(kind: Kind): void {
    this.#kinds.set(idOf(kind.resource), kind)
    this.#ofKind.set(nameOf(kind.resource), kind)
  }
}

function idOf({ group, version, plural }: Pick<Resource, 'group' | 'version' | 'plural'>): string {
  return `${group}/${version}/${plural}`
}

function nameOf({ group, version, kind }: Resource): string {
  return `${group}/${version}/${kind}`
}
