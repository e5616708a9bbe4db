import { Readable } from 'node:stream'
import { extract } from 'tar-stream'
import { expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import { HelperError } from '../helper-session.ts'
import { ingressCondition } from './held-port.ts'
import type { IngressModel } from './ingress-model.ts'
import { NodeIngress } from './node-ingress.ts'
import type { Asked, NodeIngressState } from './node-ingress.ts'
import { taken } from './proxy-servers.ts'

/** What the helper was sent: file names to texts; undefined: nothing to serve. */
type Sent = Map<string, string> | undefined

async function unpacked(body: Buffer): Promise<Sent> {
  if (body.length === 0) return undefined
  const files = new Map<string, string>()
  const reader = extract()
  Readable.from([body]).pipe(reader)
  for await (const entry of reader) {
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    files.set(entry.header.name, Buffer.concat(chunks).toString())
  }
  return files
}

/** A helper that keeps what it is asked; `answer` may refuse. */
function setUp(answer: (sent: Sent) => string = (files) => (files?.has('live') === true ? 'New server registered.\n\nadmin\n' : '')) {
  const clock = new FakeClock()
  const sent: Sent[] = []
  const states: NodeIngressState[] = []
  const serving: boolean[] = []
  let model: IngressModel | undefined
  let ended = false
  let opened = 0
  let dues = 0
  const helper: Asked = {
    get ended() { return ended },
    request: async (_, body = '') => {
      const files = await unpacked(Buffer.from(body))
      sent.push(files)
      return answer(files)
    },
  }
  const node = new NodeIngress({ clock, look: () => (model === undefined ? undefined : { model }), onState: (state, looked) => {
    states.push(state)
    serving.push(looked !== undefined)
  } })
  const open = (): Promise<Asked> => {
    opened += 1
    return Promise.resolve(helper)
  }
  const end = new AbortController()
  const update = node.session(helper, open, end.signal, () => { dues += 1 })
  return { clock, sent, states, serving, update, set: (next: IngressModel | undefined) => { model = next }, end: () => { ended = true }, opened: () => opened, dues: () => dues, last: () => sent.at(-1)?.get('haproxy.cfg') ?? '' }
}

const modelOf = (ips: string[], tls = false): IngressModel => ({
  hosts: [], fallback: 'b', backends: [{ name: 'b', options: { redirect: 'never', cookie: undefined, backendTls: false, timeoutSeconds: 60 }, servers: ips.map((ip) => ({ ip, port: 80, weight: 1, ending: false })) }],
  certificates: tls ? [{ name: 'c', pem: 'PEM', hosts: ['a.example'] }] : [],
})

test('where there is no Ingress it says so once, opens nothing of its own, and asks nothing more', async () => {
  const t = setUp()
  await t.update()
  await t.update()
  expect([t.sent, t.opened(), t.states.at(-1)]).toEqual([[undefined], 0, { ports: [], held: [], failure: undefined }])
})

test('other pods are told to the proxy that runs; other rules are a new configuration; the same is not told twice', async () => {
  const t = setUp()
  t.set(modelOf(['10.0.0.1']))
  await t.update()
  await t.update()
  expect(t.sent).toHaveLength(1)
  t.set(modelOf(['10.0.0.2']))
  await t.update()
  expect(t.sent[1]?.get('live')).toMatch(/^add server b\/10.0.0.2:80 .*;set server b\/10.0.0.1:80 state maint;show cli level\n$/)
  t.set({ ...modelOf(['10.0.0.2']), fallback: undefined })
  await t.update()
  expect(t.sent.map((files) => [files?.has('live'), files?.has('load')])).toEqual([[false, true], [true, false], [false, true]])
  t.set(undefined)
  await t.update()
  expect(t.sent[3]).toBeUndefined()
  expect(t.serving).toEqual([true, true, true, true, false])
})

test('a proxy that does not take the change of pods is given the whole', async () => {
  const t = setUp((files) => (files?.has('live') === true ? 'No such server.\n' : ''))
  t.set(modelOf(['10.0.0.1']))
  await t.update()
  t.set(modelOf(['10.0.0.2']))
  await t.update()
  expect(t.sent.map((files) => files?.has('load'))).toEqual([true, false, true])
})

test('with other rules, too, the proxy that is replaced is told of the pods first: clients keep connections to it', async () => {
  const t = setUp()
  t.set(modelOf(['10.0.0.1']))
  await t.update()
  t.set({ ...modelOf(['10.0.0.2']), fallback: undefined })
  await t.update()
  expect([t.sent[1]?.get('live'), t.sent[1]?.has('load')]).toEqual([expect.stringContaining('b/10.0.0.1:80 state maint'), true])
})

test('servers that left are forgotten by a new configuration, when they are many', async () => {
  const t = setUp()
  for (let i = 1; i <= 250; i++) {
    t.set(modelOf([`10.0.0.${String(i)}`]))
    await t.update()
  }
  const loads = t.sent.flatMap((files, i) => (files?.has('load') === true ? [i] : []))
  expect(loads).toHaveLength(2)
  expect(loads[1]).toBeGreaterThan(150)
})

test('a port that somebody else holds: the other one is served, it is told, and tried again', async () => {
  let free = false
  const t = setUp((files) => {
    if (!free && files?.get('ports')?.includes('443') === true) throw new HelperError('port 443 is held')
    return ''
  })
  t.set(modelOf(['10.0.0.1'], true))
  await t.update()
  expect(t.states.at(-1)).toEqual({ ports: [80], held: [443], failure: undefined })
  expect(t.last()).not.toContain(':443')
  free = true
  await t.clock.advance(30_000)
  expect(t.dues()).toBe(1)
  await t.update()
  expect(t.states.at(-1)).toEqual({ ports: [80, 443], held: [], failure: undefined })
})

test('with both ports held nothing runs', async () => {
  const t = setUp((files) => {
    const [port] = files?.get('ports')?.split('\n') ?? []
    if (port !== undefined) throw new HelperError(`port ${port} is held`)
    return ''
  })
  t.set(modelOf(['10.0.0.1'], true))
  await t.update()
  expect([t.states.at(-1), t.sent.at(-1), t.serving.at(-1)]).toEqual([{ ports: [], held: [80, 443], failure: undefined }, undefined, false])
})

test('a configuration that is refused is told and tried again; what ran before runs on', async () => {
  let refuses = false
  const t = setUp(() => {
    if (refuses) throw new HelperError('[ALERT] parsing')
    return ''
  })
  t.set(modelOf(['10.0.0.1']))
  await t.update()
  refuses = true
  t.set({ ...modelOf(['10.0.0.1']), fallback: undefined })
  await t.update()
  expect(t.states.at(-1)).toEqual({ ports: [80], held: [], failure: '[ALERT] parsing' })
  await t.clock.advance(30_000)
  expect(t.dues()).toBe(1)
})

test('the end of the connection is not the proxy\'s trouble', async () => {
  const t = setUp(() => {
    t.end()
    throw new HelperError('the connection to the node helper has ended')
  })
  t.set(modelOf(['10.0.0.1']))
  await expect(t.update()).rejects.toThrow('has ended')
  expect(t.states).toEqual([])
})

test.each([
  ['admin\n\n', true], ['New server registered.\n\n\nadmin\n\n', true], ['Already exists a server with the same name in backend.\n\nadmin', true],
  ['', false], ['New server registered.\n', false], ['No such server.\nadmin\n', false], ['New server registered.\nfailed', false], ['admin\nadmin\n', false],
])('%j: taken is %s', (answer, is) => expect(taken(['a line'], answer)).toBe(is))

test.each([
  [{ ports: [80, 443], held: [], failure: undefined }, 'True Serving', 'Ingresses are served on port 80 and 443'],
  [{ ports: [80], held: [443], failure: undefined }, 'False PortInUse', 'held by the Docker container old-proxy: let it publish another port'],
  [{ ports: [], held: [80], failure: undefined }, 'False PortInUse', "sudo ss -ltnp 'sport = :80'"],
  [{ ports: [], held: [], failure: 'no' }, 'False NotApplied', 'No Ingress is served'],
  [{ ports: [], held: [], failure: undefined }, 'False NoIngress', 'nothing to serve'],
])('%j is told', (state, head, says) => {
  const { status, reason, message } = ingressCondition('one', state, new Map([[443, 'old-proxy']]))
  expect(`${status} ${reason}`).toBe(head)
  expect(message).toContain(says)
})
