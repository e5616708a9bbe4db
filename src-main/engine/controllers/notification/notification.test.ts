import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Event } from '../../../common/kube/generated/core-v1.ts'
import { Events, Secrets } from '../../../common/kube/kinds.ts'
import { Notifications } from '../../../common/kube/notification.ts'
import type { Notification, NotificationSpec } from '../../../common/kube/notification.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { NotificationController } from './controller.ts'
import { isWanted, newsOf } from './event-news.ts'
import type { News } from './event-news.ts'
import { Inbox } from './inbox.ts'
import { payloadOf } from './payload.ts'

const event = (name: string, fields: Partial<Event> = {}): Event => ({
  apiVersion: 'v1', kind: 'Event', metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  type: 'Warning', reason: 'BackOff', message: 'Back-off restarting', count: 1, firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:00:01Z', source: { component: 'kubelet' },
  involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name, uid: `pod-${name}` }, ...fields,
} as Event)
const news = (name: string, fields: Partial<Event> = {}): News => newsOf(event(name, fields))

describe('what is told', () => {
  test.each<[Partial<NotificationSpec>, Partial<Event>, boolean]>([
    [{}, {}, true], [{}, { type: 'Normal' }, false], [{ types: ['Normal'] }, {}, false], [{ types: ['Normal', 'Warning'] }, { type: 'Normal' }, true], [{ reasons: ['BackOff', 'Failed'] }, {}, true],
    [{ reasons: ['Failed'] }, {}, false], [{ kinds: ['Node'] }, {}, false], [{ kinds: ['Pod'], namespaces: ['default'] }, {}, true], [{ namespaces: ['other'] }, {}, false],
    [{ namespaces: ['default'] }, { involvedObject: { kind: 'Node', name: 'n' } }, false],
  ])('%j of %j: %s', (spec, fields, wanted) => expect(isWanted(spec, event('a', fields))).toBe(wanted))

  test('in Slack\'s format nothing that a pod says becomes a link or a call', () => {
    expect(JSON.parse(payloadOf('slack', 'n', news('a', { message: '<!channel> & <http://evil|click>', count: 3 })))).toEqual({ text: '*BackOff* Pod default/a (3 times)\n&lt;!channel&gt; &amp; &lt;http://evil|click&gt;' })
  })

  test('in Alertmanager\'s format, the same thing has the same fingerprint', () => {
    const [one, two] = [news('a'), news('a', { count: 2 })].map((n) => JSON.parse(payloadOf('alertmanager', 'n', n)) as { version: string; alerts: { fingerprint: string; labels: object; status: string }[] })
    expect(one).toMatchObject({ version: '4', status: 'firing', receiver: 'n', alerts: [{ status: 'firing', labels: { alertname: 'BackOff', severity: 'warning', namespace: 'default', kind: 'Pod', name: 'a' } }] })
    expect(one?.alerts[0]?.fingerprint).toBe(two?.alerts[0]?.fingerprint)
  })
})

describe('an inbox', () => {
  test('a crash loop of an hour is told as often as the limit says, each time as it is then', () => {
    const inbox = new Inbox({ repeatMs: 300_000, perMinute: 20 })
    const told: [number, number][] = []
    for (let now = 0, count = 0; now <= 3_600_000; now += 1000) {
      if (now % 3000 === 0) inbox.add(news('a', { count: ++count }), now, now)
      const next = inbox.take(now)
      if (next !== undefined && 'news' in next) told.push([now / 1000, next.news.count])
    }
    expect(told).toEqual(Array.from({ length: 13 }, (_, i) => [i * 300, i * 100 + 1]))
    expect(inbox.repeated).toBe(1200)
  })

  test('a thousand things at once: so many a minute, and the oldest of what there is no room for are dropped', () => {
    const inbox = new Inbox({ repeatMs: 300_000, perMinute: 20 })
    for (let i = 0; i < 1000; i++) inbox.add(news(String(i)), i, 0)
    const told: string[] = []
    let now = 0
    for (;;) {
      const next = inbox.take(now)
      if (next === undefined) break
      if ('waitMs' in next) {
        expect(next.waitMs).toBeGreaterThan(0)
        now += next.waitMs
      } else told.push(next.news.object.name)
    }
    expect([told[0], told.length, inbox.dropped, inbox.oldestRevision]).toEqual(['800', 200, 800, undefined])
    expect(now).toBeGreaterThan(8.9 * 60_000)
  })
})

describe('to a real server', () => {
  interface Got { headers: IncomingHttpHeaders; body: string }
  let cluster: TestCluster
  let controller: NotificationController
  let server: Server
  let got: Got[]
  let answer: (n: number) => { status: number; headers?: Record<string, string>; text?: string } | undefined

  beforeEach(async () => {
    got = []
    answer = () => ({ status: 200 })
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        got.push({ headers: request.headers, body })
        const { status, headers = {}, text = '' } = answer(got.length) ?? {}
        // Undefined: it never answers.
        if (status !== undefined) response.writeHead(status, headers).end(text)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    cluster = new TestCluster()
    await start()
  })
  afterEach(async () => {
    await controller.stop()
    await cluster.stop()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  async function start(): Promise<void> {
    controller = new NotificationController(cluster.context)
    await cluster.informers.synced()
    controller.start()
  }
  const url = (): string => `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hook/secret-path`
  const make = async (spec: NotificationSpec): Promise<void> => {
    await cluster.client.create(Notifications, { apiVersion: 'toque.dev/v1', kind: 'Notification', metadata: { name: 'n' }, spec })
    await cluster.settle()
  }
  const happens = async (name: string, fields: Partial<Event> = {}): Promise<void> => {
    await cluster.client.create(Events, event(name, fields))
    await cluster.settle()
  }
  const status = async (): Promise<NonNullable<Notification['status']>> => (await cluster.client.get(Notifications, '', 'n')).status ?? {}
  const condition = async (): Promise<string> => (await status()).conditions?.map((c) => `${c.status} ${c.reason ?? ''}: ${c.message ?? ''}`)[0] ?? ''
  /** Lets real I/O and the fake clock's timers go on until it is so. */
  const until = (check: () => boolean | Promise<boolean>, stepMs = 0): Promise<void> => expect.poll(async () => {
    if (stepMs > 0) await cluster.clock.advance(stepMs)
    await cluster.settle()
    return check()
  }, { interval: 5 }).toBe(true)

  test('each POST is signed, and the status says that it went', async () => {
    await cluster.client.create(Secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'default' }, data: { key: Buffer.from('signing').toString('base64'), url: Buffer.from(url()).toString('base64') } })
    await happens('before')
    await make({ urlSecret: { namespace: 'default', name: 's', key: 'url' }, signatureSecret: { namespace: 'default', name: 's', key: 'key' } })
    await happens('a')
    await until(() => got.length === 1)
    const { headers, body } = got[0] as Got
    expect(JSON.parse(body)).toMatchObject({ version: 1, notification: 'n', type: 'Warning', reason: 'BackOff', object: { kind: 'Pod', name: 'a' } })
    expect(headers['x-toque-signature']).toBe(`v1=${createHmac('sha256', 'signing').update(`${String(headers['x-toque-timestamp'])}.${body}`).digest('hex')}`)
    await until(async () => (await condition()) === 'True Delivered: ')
    expect(await status()).toMatchObject({ sent: 1, failed: 0, waiting: 0, observedGeneration: 1 })
    expect(JSON.stringify(await cluster.client.get(Notifications, '', 'n'))).not.toMatch(/secret-path|signing/)
  })

  test('a server that fails is asked again, with the same delivery, until it takes it', async () => {
    answer = (n) => ({ status: n < 4 ? 503 : 200 })
    await make({ url: url() })
    await happens('a')
    await until(async () => (await condition()).startsWith('False Overloaded: the receiver cannot take it at the moment (503)'))
    await until(() => got.length === 4, 500)
    await until(async () => (await status()).sent === 1)
    expect(new Set(got.map((g) => g.headers['x-toque-delivery'])).size).toBe(1)
    expect(await status()).toMatchObject({ failed: 0, waiting: 0 })
  })

  test('410 ends it, also for the next engine, until the object is changed', async () => {
    answer = () => ({ status: 410 })
    await make({ url: url() })
    await happens('a')
    await until(async () => (await condition()).startsWith('False Gone: the receiver said that it is gone for good'))
    await happens('b')
    await controller.stop()
    await start()
    await happens('c')
    expect(got.length).toBe(1)
    answer = () => ({ status: 200 })
    const copy = structuredClone(await cluster.client.get(Notifications, '', 'n')) as Notification
    await cluster.client.update(Notifications, { ...copy, metadata: { ...copy.metadata, generation: 2 }, spec: { ...copy.spec, perMinute: 100 } })
    await until(() => got.length === 3)
    expect(got.slice(1).map((g) => (JSON.parse(g.body) as News).object.name)).toEqual(['b', 'c'])
  })

  test('a redirect is not followed, and a refusal is not repeated', async () => {
    answer = (n) => (n === 1 ? { status: 307, headers: { location: url() } } : { status: 400, text: 'no such channel' })
    await make({ url: url() })
    await happens('a')
    await until(async () => (await condition()).startsWith('False Refused: the receiver answers with a redirect (307)'))
    await happens('b')
    await until(async () => (await condition()) === 'False Refused: the receiver refused it (400: no such channel): check the URL and the format')
    await cluster.clock.advance(600_000)
    expect([got.length, (await status()).failed]).toEqual([2, 2])
  })

  test('what an engine did not get to tell, the next one tells; what was told is not told again', async () => {
    await make({ url: url() })
    await happens('a')
    await until(async () => (await status()).sent === 1)
    answer = () => ({ status: 500 })
    await happens('b')
    await until(async () => (await condition()).startsWith('False'))
    await controller.stop()
    await happens('c')
    answer = () => ({ status: 200 })
    const before = got.length
    await start()
    await until(() => got.length === before + 2)
    expect(got.slice(before).map((g) => (JSON.parse(g.body) as News).object.name)).toEqual(['b', 'c'])
  })

  test('a Secret that is missing is named; at rest nothing is written', async () => {
    await make({ urlSecret: { namespace: 'default', name: 'none', key: 'url' } })
    expect(await condition()).toBe('False SecretMissing: there is no Secret default/none: make it, and it goes on by itself')
    const { resourceVersion } = (await cluster.client.get(Notifications, '', 'n')).metadata
    await happens('a', { type: 'Normal' })
    await cluster.clock.advance(3_600_000)
    expect([(await cluster.client.get(Notifications, '', 'n')).metadata.resourceVersion, cluster.failures]).toEqual([resourceVersion, []])
  })
})
