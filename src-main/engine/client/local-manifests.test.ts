import { expect, test } from 'vitest'
import { AS_TESTER, startTestApi } from '../api/testing/test-api.ts'
import { LocalManifests } from './local-manifests.ts'

test('every kind that plans go through can be listed: what a removal takes along is looked for among all', async () => {
  const t = await startTestApi()
  try {
    const kinds = new LocalManifests(t.api, AS_TESTER).kinds()
    expect(kinds.map(({ plural }) => plural)).toContain('clusterroles')
    for (const kind of kinds) expect(() => t.api.list(kind), kind.kind).not.toThrow()
  } finally {
    await t.close()
  }
})
