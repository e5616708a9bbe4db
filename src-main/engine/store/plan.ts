import type { Author, Change, Entry, Key, Write } from './store.ts'
import { ConflictError } from './store.ts'

/** A commit that waits for its turn. */
export interface Request {
  readonly writes: readonly Write[]
  readonly author: Author
  /** Its revision is to be greater than this. Default: than the one before. */
  readonly above?: number
}

/** What becomes of one request: a revision, or the reason why not. */
export type Verdict = { readonly revision: number } | { readonly error: ConflictError }

/** What one transaction writes, and what it answers to each request. */
export interface Plan {
  readonly revision: number
  readonly changes: readonly { readonly change: Change; readonly author: Author }[]
  /** One a request, in order. */
  readonly verdicts: readonly Verdict[]
}

/**
 * Decides a batch: requests in order, each seeing those before it. `present` is the store's present revision, `current` looks an
 * entry up. Every request that changes something takes the next revision above all that it is to be above of.
 */
export function planBatch(requests: readonly Request[], present: number, current: (key: Key) => Entry | undefined): Plan {
  const overlay = new Map<Key, Entry | undefined>()
  const look = (key: Key): Entry | undefined => (overlay.has(key) ? overlay.get(key) : current(key))
  const changes: { change: Change; author: Author }[] = []
  let last = present
  const verdicts = requests.map(({ writes, author, above = 0 }): Verdict => {
    const refused = writes.find((write) => write.ifRevision !== undefined && write.ifRevision !== (look(write.key)?.revision ?? 0))
    if (refused) return { error: new ConflictError(refused.key, look(refused.key)) }
    const revision = Math.max(last, above) + 1
    const made = writes.map((write) => changeOf(write, revision, look(write.key))).filter((change) => change !== undefined)
    if (made.length > 0) last = revision
    for (const change of made) {
      overlay.set(change.key, change.type === 'put' ? change.entry : undefined)
      changes.push({ change, author })
    }
    return { revision: last }
  })
  return { revision: last, changes, verdicts }
}

function changeOf(write: Write, revision: number, previous: Entry | undefined): Change | undefined {
  const { key } = write
  if (write.type === 'put') {
    const entry = Object.freeze({ key, value: write.value, revision, createRevision: previous?.createRevision ?? revision })
    return { type: 'put', key, revision, entry, previous }
  }
  if (previous === undefined) return undefined
  return { type: 'delete', key, revision, entry: Object.freeze({ ...previous, revision }), previous }
}
