import type { ComposeModel } from '../../../common/compose/forms/file.ts'
import { scoped, unscoped } from '../names.ts'

type Kind = 'networks' | 'volumes' | 'secrets' | 'configs'

/** The top-level parts of the file that is being written, as its services come to need them. */
export class FileParts {
  readonly stack: string
  readonly #things: { readonly [K in Kind]: Map<string, { readonly key: string; readonly value: NonNullable<ComposeModel[K]>[string] }> } = { networks: new Map(), volumes: new Map(), secrets: new Map(), configs: new Map() }

  constructor(stack: string) {
    this.stack = stack
  }

  /**
   * What something of this real name is called in the file; `describe` tells what the file says of it, when it is the first time. `nth`: one service has it so many
   * times already, and needs one more key for it.
   */
  keyOf<K extends Kind>(kind: K, name: string, describe: () => NonNullable<ComposeModel[K]>[string], nth = 0): string {
    const id = nth === 0 ? name : `${name} ${String(nth)}`
    const known = this.#things[kind].get(id)
    if (known !== undefined) return known.key
    const key = this.#freeKey(kind, unscoped(this.stack, name) ?? name)
    this.#things[kind].set(id, { key, value: describe() } as never)
    return key
  }

  /** As the file has it; undefined: nothing of this kind. */
  part<K extends Kind>(kind: K): ComposeModel[K] | undefined {
    const entries = [...this.#things[kind].values()].sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ key, value }) => [key, value] as const)
    return entries.length === 0 ? undefined : Object.fromEntries(entries) as ComposeModel[K]
  }

  #freeKey(kind: Kind, wanted: string): string {
    const taken = new Set([...this.#things[kind].values()].map(({ key }) => key))
    const plain = wanted.replace(/[^a-zA-Z0-9._-]/g, '-')
    let key = plain
    for (let i = 2; taken.has(key); i++) key = `${plain}-${String(i)}`
    return key
  }
}

/** A name to write beside a key, where the key does not say it. */
export function nameBeside(stack: string, key: string, name: string): { name?: string } {
  return scoped(stack, key) === name ? {} : { name }
}

/** Undefined where there is nothing in it. */
export function some<T extends object>(value: T | undefined | null): T | undefined {
  return value === undefined || value === null || Object.keys(value).length === 0 ? undefined : value
}

/** Labels without the stack's own. */
export function without(labels: Record<string, string> | undefined | null, ...keys: string[]): Record<string, string> | undefined {
  return some(Object.fromEntries(Object.entries(labels ?? {}).filter(([key]) => !keys.includes(key))))
}

/** A number, unless it is Docker's zero for none. */
export function positive(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value
}
