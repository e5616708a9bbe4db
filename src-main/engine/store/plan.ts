import type { Author, Change, Entry, Key, Write } from './store.ts'
import { ConflictError } from './store.ts'

/** A commit that waits for its turn. */
export interface Request {
  readonly writes: readonly Write[]
  readonly author: Author
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
 * Decides a batch: requests in order, each seeing those before it. `revision` is the store's present one, `current` looks an
 * entry up. Every request that changes something takes the next revision.
 */
export function planBatch(requests: readonly Request[], revision: number, current: (key: Key) => Entry | undefined): Plan {
  const overlay = new Map<Key, Entry | undefined>()
  const look = (key: Key): Entry | undefined => (overlay.has(key) ? overlay.get(key) : current(key))
  const changes: { change: Change; author: Author }[] = []
  let last = revision
  const verdicts = requests.map(({ writes, author }): Verdict => {
    const refused = writes.find((write) => write.ifRevision !== undefined && write.ifRevision !== (look(write.key)?.revision ?? 0))
    if (refused) return { error: new ConflictError(refused.key, look(refused.key)) }
    const made = writes.map((write) => changeOf(write, last + 1, look(write.key))).filter((change) => change !== undefined)
    if (made.length > 0) last += 1
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
