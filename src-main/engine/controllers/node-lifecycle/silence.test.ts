import { beforeEach, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { Node } from '../../../common/kube/generated/core-v1.ts'
import { PEERS_REACH, RESPONDING, SERVER_LOST_TAINT } from '../../../common/kube/node-conditions.ts'
import { LOST_MS, MOST_LOST_MS, Silence } from './silence.ts'

const node = (name: string, responding: boolean, peers?: 'True' | 'False' | 'Unknown', lost = false): Node => ({
  apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '' }, spec: lost ? { taints: [{ key: SERVER_LOST_TAINT, effect: 'NoExecute' }] } : {},
  status: { conditions: [{ type: RESPONDING, status: responding ? 'True' : 'False' }, ...(peers === undefined ? [] : [{ type: PEERS_REACH, status: peers }])] },
})
const up = [node('b', true), node('c', true)]
let clock: FakeClock
let silence: Silence
beforeEach(() => {
  clock = new FakeClock()
  silence = new Silence(clock)
})

/** Looks as the controller does: whenever it was told to. */
async function judged(a: Node, others: readonly Node[], ms: number): Promise<boolean> {
  const end = clock.monotonic() + ms
  for (;;) {
    const loss = silence.judge(a, [a, ...others])
    if (loss.is || loss.lookAgainMs === undefined || clock.monotonic() + loss.lookAgainMs > end) return loss.is
    await clock.advance(loss.lookAgainMs)
  }
}

test.each<[string, Node, Node[], number, boolean]>([
  ['that answers', node('a', true), up, 120_000, false],
  ['silent, and no peer reaches it', node('a', false, 'False'), up, LOST_MS, true],
  ['silent for less', node('a', false, 'False'), up, LOST_MS - 1, false],
  ['silent to us, but a peer reaches it', node('a', false, 'True'), up, 120_000, false],
  ['silent, with nobody to ask', node('a', false, 'Unknown'), [], 120_000, false],
  ['silent, nobody asked yet', node('a', false), up, 120_000, false],
  ['silent together with most others', node('a', false, 'False'), [node('b', false, 'False'), node('c', true)], MOST_LOST_MS - 1, false],
  ['silent together with most others for long', node('a', false, 'False'), [node('b', false, 'False'), node('c', true)], MOST_LOST_MS, true],
  ['given up, whose witnesses fell silent', node('a', false, 'Unknown', true), up, LOST_MS, true],
  ['given up, that a peer reaches again', node('a', false, 'True', true), up, 120_000, false],
])('a server %s: lost within %d ms is %s', async (_, a, others, ms, lost) => {
  expect(await judged(a, others, ms)).toBe(lost)
})

test('an engine that slept begins to count anew', async () => {
  const a = node('a', false, 'False')
  expect(silence.judge(a, [a, ...up])).toMatchObject({ is: false })
  await clock.advance(60_000)
  expect(silence.judge(a, [a, ...up])).toEqual({ is: false, lookAgainMs: LOST_MS })
  await clock.advance(LOST_MS)
  expect(silence.judge(a, [a, ...up])).toMatchObject({ is: true })
})

test('a server that answered in between begins anew', async () => {
  const a = node('a', false, 'False')
  silence.judge(a, [a, ...up])
  await clock.advance(LOST_MS - 1)
  silence.judge(node('a', true), up)
  expect(silence.judge(a, [a, ...up])).toEqual({ is: false, lookAgainMs: LOST_MS })
})
