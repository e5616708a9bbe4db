import { setTimeout as delay } from 'node:timers/promises'
import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from '@kubernetes/client-node'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../../src-main/common/clock.ts'
import { ConfigMaps } from '../../../src-main/common/kube/kinds.ts'
import { ApiServer } from '../../../src-main/engine/api/api-server.ts'
import { AS_TESTER, startTestApi, type TestApi } from '../../../src-main/engine/api/testing/test-api.ts'
import { eventually } from '../../harness/containers.ts'

// The library's informer keeps a copy of what there is, whatever happens to its connection.

/** So few revisions are kept that who is away misses some. */
const KEPT = 5
const AGAIN_MS = 50

let t: TestApi
let server: ApiServer
let mirror: Map<string, string>
let stop: () => Promise<void>
/** How often it connected, and how often its list was asked for. */
const counted = { connects: 0, lists: 0 }

beforeEach(async () => {
  Object.assign(counted, { connects: 0, lists: 0 })
  t = await startTestApi(systemClock, { revisions: KEPT, journal: KEPT })
  server = await ApiServer.start({ api: t.api, dataDir: t.dir, port: 0 })
  const config = new KubeConfig()
  config.loadFromFile(server.kubeconfig)
  const core = config.makeApiClient(CoreV1Api)
  mirror = new Map()
  const informer = makeInformer<V1ConfigMap>(config, '/api/v1/configmaps', () => {
    counted.lists++
    return core.listConfigMapForAllNamespaces()
  })
  let stopped = false
  const keep = (object: V1ConfigMap): unknown => mirror.set(object.metadata?.name ?? '', object.metadata?.resourceVersion ?? '')
  informer.on('add', keep)
  informer.on('update', keep)
  informer.on('delete', (object) => mirror.delete(object.metadata?.name ?? ''))
  informer.on('connect', () => counted.connects++)
  // As its documentation says: whoever uses it starts it again.
  informer.on('error', () => void delay(AGAIN_MS).then(() => (stopped ? undefined : informer.start())))
  await informer.start()
  stop = async () => {
    stopped = true
    await informer.stop()
  }
})
afterEach(async () => {
  await stop()
  await server.stop()
  await t.close()
})

const write = async (name: string, value: string): Promise<unknown> => {
  const body = { metadata: { name }, data: { value } }
  return t.api.create(ConfigMaps, 'default', body, AS_TESTER).catch(() => t.api.update(ConfigMaps, 'default', name, body, AS_TESTER))
}
const truth = (): Record<string, string> => Object.fromEntries(t.api.list(ConfigMaps).items.map((o) => [o.metadata.name, o.metadata.resourceVersion]))
const agrees = (): Promise<unknown> => eventually('the copy to be as it is', () => Promise.resolve(mirror.size > 0 && JSON.stringify([...mirror].sort()) === JSON.stringify(Object.entries(truth()).sort())))

/** The server is away while this happens, and comes back at the same address. */
async function away(happens: () => Promise<unknown>): Promise<void> {
  const port = Number(new URL(server.url).port)
  await server.stop()
  await happens()
  server = await ApiServer.start({ api: t.api, dataDir: t.dir, port })
}

test('changes arrive', async () => {
  await write('a', '1')
  await write('b', '1')
  await write('a', '2')
  await agrees()
  await t.api.delete(ConfigMaps, 'default', 'b', {}, AS_TESTER)
  await agrees()
  expect(counted.lists).toBe(1)
})

test('after a cut it goes on where it was, without a new list', async () => {
  await write('a', '1')
  await agrees()
  await away(() => write('a', '2'))
  await agrees()
  expect([counted.lists, counted.connects > 1]).toEqual([1, true])
})

test('what happened while it was away is known no more: 410, and a new list', async () => {
  await write('a', '1')
  await write('b', '1')
  await agrees()
  await away(async () => {
    await t.api.delete(ConfigMaps, 'default', 'b', {}, AS_TESTER)
    for (let i = 0; i < KEPT * 3; i++) await write('a', `again ${String(i)}`)
  })
  await agrees()
  expect(counted.lists).toBeGreaterThan(1)
  await write('c', '1')
  await agrees()
})
