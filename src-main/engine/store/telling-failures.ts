import type { Store } from './store.ts'
import { StorageError } from './store.ts'

/** The same store, which tells when the disk begins to refuse commits (with the error's sentence) and when it takes them again (undefined). */
export function tellingFailures(store: Store, tell: (message: string | undefined) => void): Store {
  let failing: string | undefined
  const learn = (message: string | undefined): void => {
    if (message === failing) return
    failing = message
    tell(message)
  }
  return {
    get revision() {
      return store.revision
    },
    get compactedRevision() {
      return store.compactedRevision
    },
    get: (key) => store.get(key),
    list: (prefix, options) => store.list(prefix, options),
    watch: (prefix, after, onChanges) => store.watch(prefix, after, onChanges),
    history: (options) => store.history(options),
    close: () => store.close(),
    async commit(writes, author, options) {
      const before = store.revision
      try {
        const revision = await store.commit(writes, author, options)
        // One that changes nothing does not touch the disk and shows nothing.
        if (revision > before) learn(undefined)
        return revision
      } catch (error) {
        if (error instanceof StorageError) learn(error.message)
        throw error
      }
    },
  }
}
