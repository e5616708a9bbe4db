import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../common/clock.ts'
import type { EventEntry } from '../../common/contract/index.ts'
import { Events } from '../../common/kube/kinds.ts'
import { Notifications } from '../../common/kube/notification.ts'
import type { TestApi } from '../../engine/api/testing/test-api.ts'
import { startTestApi } from '../../engine/api/testing/test-api.ts'
import { SharedInformers } from '../../engine/client/informers.ts'
import { LocalClient } from '../../engine/client/local-client.ts'
import { EventBroadcaster } from '../../engine/client/recorder.ts'
import { NotificationController } from '../../engine/controllers/notification/controller.ts'
import { BUILT_IN } from '../../engine/controllers/resources.ts'
import type { SwarmState } from '../../swarm/state/swarm-state.ts'
import { eventsOf } from './extras-wire.ts'

// On the engine's real API and store, to a real receiver over HTTP.
let api: TestApi
let informers: SharedInformers
let events: EventBroadcaster
let controller: NotificationController
let receiver: Server
const got: { reason: string; message: string; object: { kind: string; name: string } }[] = []

beforeEach(async () => {
  got.length = 0
  api = await startTestApi()
  const client = new LocalClient(api.api)
  informers = new SharedInformers({ client, clock: systemClock, onError: () => undefined })
  events = new EventBroadcaster({ client, clock: systemClock, onError: (error) => { throw error } })
  receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      got.push(JSON.parse(body) as (typeof got)[number])
      response.writeHead(200).end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  controller = new NotificationController({ client, informers, clock: systemClock, resources: BUILT_IN, recorder: (component) => events.recorder(component), onError: () => undefined })
  await informers.synced()
  controller.start()
  const url = `http://127.0.0.1:${String((receiver.address() as AddressInfo).port)}/`
  await client.create(Notifications, { apiVersion: 'toque.dev/v1', kind: 'Notification', metadata: { name: 'team' }, spec: { url, kinds: ['SwarmService'] } })
})
afterEach(async () => {
  await controller.stop()
  await events.stop()
  await informers.stop()
  receiver.closeAllConnections()
  await new Promise((resolve) => receiver.close(resolve))
  await api.close()
})

test('what the extras say of a service is among the swarm\'s events, and the engine\'s Notifications send its warnings', async () => {
  const ring: EventEntry[] = []
  const sink = eventsOf({ events: { add: (entry: EventEntry) => ring.push(entry) } } as unknown as SwarmState, systemClock, events.recorder('toque-swarm'))
  // By when the notification is heard of.
  await expect.poll(() => informers.for(Notifications).lister.list().length).toBe(1)
  const about = { apiVersion: 'swarm', kind: 'Service', namespace: 'shop', name: 'shop_web' }
  sink.event({ type: 'Warning', reason: 'TasksMissing', message: '2 of its 3 tasks run.', about })
  sink.event({ type: 'Normal', reason: 'AlertCleared', message: 'All of its 3 tasks run again.', about })
  await expect.poll(() => got.length).toBe(1)
  expect(got[0]).toMatchObject({ reason: 'TasksMissing', message: '2 of its 3 tasks run.', object: { kind: 'SwarmService', name: 'shop_web' } })
  expect(ring.map(({ reason, about: of }) => `${of.name} ${reason}`)).toEqual(['shop_web TasksMissing', 'shop_web AlertCleared'])
  const { items } = await new LocalClient(api.api).list(Events, {})
  expect(items.filter(({ involvedObject }) => involvedObject.name === 'shop_web').map(({ reason }) => reason).sort()).toEqual(['AlertCleared', 'TasksMissing'])
})

test('without a recorder the swarm\'s own events are all', () => {
  const ring: EventEntry[] = []
  eventsOf({ events: { add: (entry: EventEntry) => ring.push(entry) } } as unknown as SwarmState, systemClock, undefined).event({ type: 'Normal', reason: 'Scaled', message: 'x', about: { apiVersion: 'swarm', kind: 'Service', namespace: '', name: 'a' } })
  expect(ring).toHaveLength(1)
})
