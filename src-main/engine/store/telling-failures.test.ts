import { expect, test } from 'vitest'
import type { Store } from './store.ts'
import { ConflictError, StorageError } from './store.ts'
import { tellingFailures } from './telling-failures.ts'

test('a disk that refuses is told once, and once more when it takes writes again', async () => {
  const outcomes: (number | Error)[] = [1, new StorageError('DiskFull', 'Full.', undefined), new StorageError('DiskFull', 'Full.', undefined), new ConflictError('/a', undefined), 1, 2, 3]
  let revision = 0
  const store = { get revision() { return revision }, commit: () => {
    const outcome = outcomes.shift() as number | Error
    if (outcome instanceof Error) return Promise.reject(outcome)
    revision = outcome
    return Promise.resolve(outcome)
  } } as unknown as Store
  const told: (string | undefined)[] = []
  const telling = tellingFailures(store, (message) => told.push(message))
  const said: string[][] = []
  while (outcomes.length > 0) {
    await telling.commit([], { user: 'test' }).catch(() => undefined)
    said.push(told.splice(0).map((message) => message ?? 'fine'))
  }
  // A commit that changed nothing (still revision 1) proves nothing about the disk.
  expect(said).toEqual([[], ['Full.'], [], [], [], ['fine'], []])
})
