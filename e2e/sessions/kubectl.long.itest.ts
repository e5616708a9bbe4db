import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clusterForSessions, commandsOf, NEW, OLD, placeFor, type SessionName, type Version } from './kubectl/sessions.ts'
import type { ServedCluster } from './served-cluster.ts'
import { runSession } from './session.ts'

// The rest of what each kubectl is asked: what is in kubectl.itest.ts is left out here.

const PROGRAMS: { kubectl: Version; version: string; names: SessionName[] }[] = [
  { kubectl: NEW, version: NEW.version, names: ['creating', 'describing', 'rolling', 'nodes', 'programs', 'discovering'] },
  { kubectl: OLD, version: OLD.version, names: ['creating', 'describing', 'rolling', 'nodes', 'programs', 'authorizing', 'discovering', 'custom'] },
]
const LIMIT_MS = 150_000

let served: ServedCluster
beforeAll(async () => {
  served = await clusterForSessions()
})
afterAll(() => served?.stop())

describe.each(PROGRAMS)('kubectl $version', ({ kubectl, names }) => {
  test.concurrent.each(names)('%s', async (name) => {
    const wrong = await runSession(commandsOf(name, kubectl), await placeFor(served, kubectl, name))
    expect(wrong.join('\n\n')).toBe('')
  }, LIMIT_MS)
})
