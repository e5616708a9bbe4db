import { beforeEach, expect, test } from 'vitest'
import { FakeClock } from '../../common/fake-clock.ts'
import { Servers } from '../../common/kube/server.ts'
import { MemoryClient } from '../../engine/client/testing/memory-client.ts'
import { setZone } from './set-zone.ts'

let client: MemoryClient
beforeEach(async () => {
  client = new MemoryClient(new FakeClock())
  await client.create(Servers, { apiVersion: 'toque.dev/v1', kind: 'Server', metadata: { name: 'b' }, spec: { host: '10.0.0.5', zone: 'office' } })
})
const spec = async (): Promise<unknown> => (await client.get(Servers, '', 'b')).spec

test('a server goes to another zone, and to none', async () => {
  await setZone(client, 'b', 'basement')
  expect(await spec()).toEqual({ host: '10.0.0.5', zone: 'basement' })
  await setZone(client, 'b', '')
  expect(await spec()).toEqual({ host: '10.0.0.5' })
})

test.each(['two words', '-x', 'x-', 'x'.repeat(64), '지하'])('%j is refused, and nothing changes', async (zone) => {
  await expect(setZone(client, 'b', zone)).rejects.toThrow(/cannot be a zone/)
  expect(await spec()).toMatchObject({ zone: 'office' })
})

test('a server that is not there', () => expect(setZone(client, 'gone', 'attic')).rejects.toThrow(/not found/))
