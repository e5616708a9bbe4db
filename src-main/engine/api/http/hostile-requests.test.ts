import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { seededRandom } from '../../../common/seeded-random.ts'
import { ApiServer } from '../api-server.ts'
import { runHostile } from '../testing/hostile/run.ts'
import { type TestApi, startTestApi } from '../testing/test-api.ts'

// The short form of `npm run soak -- hostile`, which also looks at what the server's process keeps.

let t: TestApi
let server: ApiServer
beforeAll(async () => {
  t = await startTestApi()
  server = await ApiServer.start({ api: t.api, dataDir: t.dir, port: 0 })
})
afterAll(async () => {
  await server.stop()
  await t.close()
})

test('hostile requests are refused with a Status, and the server goes on', async (context) => {
  const bugs = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const pki = join(t.dir, 'pki')
  const { port } = new URL(server.url)
  const identity = { ca: server.ca, cert: readFileSync(join(pki, 'admin.crt')), key: readFileSync(join(pki, 'admin.key')) }
  const { faults, codes } = await runHostile({ random: seededRandom(7), count: 300, workers: 8, server: { host: '127.0.0.1', port: Number(port), ...identity }, signal: context.signal })
  expect(faults).toEqual([])
  expect(bugs.mock.calls).toEqual([])
  bugs.mockRestore()
  // Not all is refused, or nothing would be reached.
  expect([...codes.keys()].sort()).toEqual(expect.arrayContaining(['200', '201', '400', '404', '409', '413', '415', '422']))
}, 300_000)
