import { afterAll, beforeAll, expect, test } from 'vitest'
import { clusterForSessions, commandsOf, OLD, placeFor, type SessionName } from './kubectl/sessions.ts'
import type { ServedCluster } from './served-cluster.ts'
import { runSession } from './session.ts'

// The rest of what the oldest kubectl in use is asked: what is in kubectl.itest.ts is left out here.

const NAMES: SessionName[] = ['creating', 'describing', 'rolling', 'nodes', 'programs', 'authorizing', 'discovering']
const LIMIT_MS = 150_000

let served: ServedCluster
beforeAll(async () => {
  served = await clusterForSessions()
})
afterAll(() => served?.stop())

test.concurrent.each(NAMES)('kubectl 1.20: %s', async (name) => {
  const wrong = await runSession(commandsOf(name, OLD), await placeFor(served, OLD, name))
  expect(wrong.join('\n\n')).toBe('')
}, LIMIT_MS)
