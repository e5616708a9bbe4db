import { expect, test } from 'vitest'
import type { ClaimSummary } from '../../src-main/common/contract/index.ts'
import { claimStateWords, whereWords } from './claim-words.ts'

const lastBackup = { name: 'b', at: 0 }
test.each<[Pick<ClaimSummary, 'state' | 'onServerLoss' | 'lastBackup'>, string]>([
  [{ state: 'bound', onServerLoss: 'wait' }, 'Bound'],
  [{ state: 'waits', onServerLoss: 'wait' }, 'Waits for its first pod'],
  [{ state: 'server-lost', onServerLoss: 'wait', lastBackup }, 'Server lost: waits for it'],
  [{ state: 'server-lost', onServerLoss: 'ask' }, 'Server lost: asks you'],
  [{ state: 'server-lost', onServerLoss: 'restore', lastBackup }, 'Server lost: restores its copy'],
  [{ state: 'server-lost', onServerLoss: 'restore' }, 'Server lost: no copy to restore'],
])('%j: %s', (claim, words) => expect(claimStateWords(claim)).toBe(words))

test.each([
  [{ folder: { path: '/srv' } }, '/srv'], [{ server: { name: 'b' } }, 'server b'], [{ s3: { endpoint: 'http://minio:9000', bucket: 'menu', secretName: 'k' } }, 'http://minio:9000/menu'], [{}, '–'],
])('%j is kept at %s', (where, words) => expect(whereWords(where)).toBe(words))
