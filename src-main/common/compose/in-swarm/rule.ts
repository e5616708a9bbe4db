/** What becomes of a field of a Compose file in Swarm. */
export type Rule =
  /** It is in the service's spec. `since`: from this version of Docker's API on; older managers do not heed it. */
  | { readonly is: 'taken'; readonly since?: readonly [number, number] }
  /** `docker stack deploy` does not know it or drops it, and Swarm could: Toque takes it. */
  | { readonly is: 'more'; readonly why: string }
  /** It has no effect. */
  | { readonly is: 'ignored'; readonly why: string }
  /** The file cannot be deployed with it. */
  | { readonly is: 'refused'; readonly why: string }
  /** A group of keys, each with a rule of its own; `*` is any name. */
  | { readonly is: 'group'; readonly keys: Readonly<Record<string, Rule>> }

export const taken: Rule = { is: 'taken' }
export const since = (major: number, minor: number): Rule => ({ is: 'taken', since: [major, minor] })
export const more = (why: string): Rule => ({ is: 'more', why })
export const ignored = (why: string): Rule => ({ is: 'ignored', why })
export const refused = (why: string): Rule => ({ is: 'refused', why })
export const group = (keys: Readonly<Record<string, Rule>>): Rule => ({ is: 'group', keys })

/** Any names, each with these keys. */
export const named = (keys: Readonly<Record<string, Rule>>): Rule => group({ '*': group(keys) })
