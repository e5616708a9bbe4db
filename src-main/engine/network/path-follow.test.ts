import { expect, test } from 'vitest'
import { FakeClock, settle } from '../../common/fake-clock.ts'
import type { Node } from '../../common/kube/generated/core-v1.ts'
import type { NetworkMode } from '../../common/kube/pod-network.ts'
import { HelperError } from './helper-session.ts'
import { PathKeeper } from './path-follow.ts'
import type { PathReport } from './path-report.ts'

const KEYS = ['wi34OOPecNt8bK4HxMoz1OQsxAbkB0w8BotN1rYmNz8=', 'rqh/HjmuK8+nnHf7mpgpdtbai0ppWxviB73XCxCt/RQ=']
function node(n: number, key: string | undefined): Node {
  return {
    apiVersion: 'v1', kind: 'Node',
    metadata: { name: `n${String(n)}`, uid: '', resourceVersion: '', creationTimestamp: '', annotations: { 'toque.dev/networks': `10.0.0.${String(n)}/24`, ...(key === undefined ? {} : { 'toque.dev/wireguard-key': key }) } },
    spec: { podCIDR: `10.244.${String(n)}.0/24` }, status: { addresses: [{ type: 'InternalIP', address: `10.0.0.${String(n)}` }] },
  }
}

/** A keeper of node n1 whose helper answers as told, and looks again when it is due. */
function setUp(mode: NetworkMode, nodes: Node[]) {
  const clock = new FakeClock()
  const asked: string[] = []
  const reports: PathReport[] = []
  const keys: string[] = []
  const helper = { handshakes: '100\n', refuses: undefined as string | undefined }
  const state = { mode, nodes }
  const keeper = new PathKeeper({ clock, nodeName: 'n1', view: () => ({ nodes: state.nodes, choice: { mode: state.mode } }), onKey: (key) => keys.push(key), onReport: (report) => reports.push(report) })
  const over = new AbortController()
  const request = (verb: string, body = ''): Promise<string> => {
    asked.push(body === '' ? verb : `${verb}: ${body.split('\n').length - 1} lines`)
    if (verb === 'ways' && helper.refuses !== undefined) return Promise.reject(new HelperError(helper.refuses))
    return Promise.resolve(verb === 'key' ? `${KEYS[0] ?? ''}\n` : verb === 'handshakes' ? helper.handshakes : '')
  }
  const look = keeper.session({ request }, '10.244.1.1', over.signal, () => void look().catch(() => undefined))
  return { clock, asked, reports, keys, helper, state, over, look, last: () => reports.at(-1) }
}

test('plain routes are sent once, and nothing is done at rest', async () => {
  const { clock, asked, look, last } = setUp('auto', [node(1, undefined), node(2, undefined)])
  await look()
  await look()
  await clock.advance(600_000)
  expect(asked).toEqual(['ways: 1 lines'])
  expect(last()).toMatchObject({ status: 'True', reason: 'Routes' })
})

test('WireGuard: the key is told, hands are waited for, then only guarded', async () => {
  const { clock, asked, keys, helper, state, look, last } = setUp('wireguard', [node(1, undefined), node(2, undefined)])
  await look()
  expect(keys).toEqual([KEYS[0]])
  expect(last()).toMatchObject({ status: 'Unknown' })
  state.nodes = [node(1, KEYS[0]), node(2, KEYS[1])]
  await look()
  expect([keys.length, asked.filter((a) => a === 'key').length]).toEqual([1, 1])
  await clock.advance(9000)
  await settle()
  expect(last()).toMatchObject({ status: 'False', message: expect.stringContaining('UDP port 51871') as string })
  helper.handshakes = `100\n${KEYS[1] ?? ''}\t99\n`
  await clock.advance(5000)
  await settle()
  expect(last()).toMatchObject({ status: 'True' })
  const before = asked.length
  await clock.advance(59_000)
  expect(asked).toHaveLength(before)
  // And noticed when they are shaken no more, as after a firewall was shut.
  helper.handshakes = `500\n${KEYS[1] ?? ''}\t99\n`
  await clock.advance(2000)
  await settle()
  expect(last()).toMatchObject({ status: 'False' })
})

test('what the node refuses is told and tried again, until it works; then no more', async () => {
  const { clock, asked, helper, look, last } = setUp('vxlan', [node(1, undefined), node(2, undefined)])
  helper.refuses = 'Error: Unknown device type.'
  await look()
  expect(last()).toMatchObject({ status: 'False', message: expect.stringContaining('Unknown device type') as string })
  helper.refuses = undefined
  await clock.advance(5000)
  await settle()
  expect(last()).toMatchObject({ status: 'True', reason: 'VXLAN' })
  await clock.advance(600_000)
  expect(asked).toHaveLength(2)
})

test('the end of a session ends its looking', async () => {
  const { clock, asked, over, look } = setUp('wireguard', [node(1, KEYS[0]), node(2, KEYS[1])])
  await look()
  over.abort(new Error('ended'))
  const before = asked.length
  await clock.advance(600_000)
  expect(asked).toHaveLength(before)
})
