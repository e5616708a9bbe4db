import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../../common/clock.ts'
import { Servers } from '../../common/kube/server.ts'
import { SharedInformers } from '../../engine/client/informers.ts'
import { MemoryClient } from '../../engine/client/testing/memory-client.ts'
import type { Host } from '../../hosts/host.ts'
import { SwarmServers } from './known-servers.ts'

let client: MemoryClient
let informers: SharedInformers
let servers: SwarmServers
/** Names in the order in which ways were opened and closed. */
let opened: string[]
let closed: string[]

beforeEach(async () => {
  [opened, closed] = [[], []]
  client = new MemoryClient(systemClock)
  informers = new SharedInformers({ client, clock: systemClock, onError: (error) => { throw error } })
  informers.for(Servers)
  await informers.synced()
  servers = new SwarmServers(informers, ({ metadata: { name } }) => {
    opened.push(name)
    const host = { description: name, close: () => Promise.resolve(void closed.push(name)) } as unknown as Host
    return { host, place: () => Promise.resolve({ address: '10.0.0.1', networks: [] }) }
  })
})
afterEach(async () => {
  await servers.close()
  await informers.stop()
})

const add = (name: string, host: string): Promise<unknown> => client.create(Servers, { apiVersion: 'toque.dev/v1', kind: 'Server', metadata: { name }, spec: { host } })
const names = (): string[] => servers.list().map(({ name }) => name)

test('each server has one way, which is closed when it goes', async () => {
  await add('a', '10.0.0.1')
  await add('b', '10.0.0.2')
  await expect.poll(() => names()).toEqual(['a', 'b'])
  await client.delete(Servers, '', 'a')
  await expect.poll(() => names()).toEqual(['b'])
  expect([opened, closed]).toEqual([['a', 'b'], ['a']])
})

test('one that was connected to again has a new way, and whoever listens hears of it', async () => {
  await add('a', '10.0.0.1')
  await expect.poll(() => names()).toEqual(['a'])
  const [before] = servers.list()
  const heard = vi.fn()
  servers.onChange(heard)
  servers.reopen('a')
  servers.reopen('nobody')
  expect([opened, closed, heard.mock.calls.length, servers.list()[0]?.host === before?.host]).toEqual([['a', 'a'], ['a'], 1, false])
})
