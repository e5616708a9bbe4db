import { isDeepStrictEqual } from 'node:util'
import type { Author, Store, Write } from '../store/store.ts'
import type { StateCopy } from './read-copy.ts'

/**
 * Makes a store's present that of a copy, in one commit: all of it or nothing. What was there before stays in the journal. The commit's revision
 * is above the copy's, so that no client takes an old resourceVersion for a new one. Resolves with it.
 */
export function restore(store: Store, copy: Pick<StateCopy, 'entries' | 'revision'>, author: Author): Promise<number> {
  const present = store.list('').entries
  const gone: Write[] = present.filter(({ key }) => !copy.entries.has(key)).map(({ key }) => ({ type: 'delete', key }))
  const puts: Write[] = [...copy.entries].filter(([key, value]) => !isDeepStrictEqual(store.get(key)?.value, value)).map(([key, value]) => ({ type: 'put', key, value }))
  return store.commit([...gone, ...puts], author, { above: copy.revision })
}
