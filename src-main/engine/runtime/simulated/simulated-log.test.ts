import { text } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { SimulatedLog } from './simulated-log.ts'

const at = (seconds: number): number => Date.parse('2026-01-01T00:00:00Z') + seconds * 1000
const never = new AbortController().signal

function twoRuns(): SimulatedLog {
  const log = new SimulatedLog()
  log.begin(at(0), ['one', 'two'])
  log.end()
  log.begin(at(10), ['three'])
  return log
}
const read = (log: SimulatedLog, range: object, signal = never): Promise<string> => text(Readable.from(log.read({ follow: false, timestamps: false, ...range }, signal)))

test.each<[object, string]>([
  [{}, 'one\ntwo\nthree\n'], [{ tailLines: 2 }, 'two\nthree\n'], [{ tailLines: 0 }, ''], [{ since: '2026-01-01T00:00:05Z' }, 'three\n'], [{ until: '2026-01-01T00:00:05Z' }, 'one\ntwo\n'],
  [{ tailLines: 1, timestamps: true }, '2026-01-01T00:00:10.000Z three\n'],
])('%j', async (range, expected) => expect(await read(twoRuns(), range)).toBe(expected))

test('following reads what comes, until the run is over', async () => {
  const log = twoRuns()
  const all = read(log, { follow: true, tailLines: 1 })
  log.begin(at(20), ['four'])
  log.end()
  expect(await all).toBe('three\nfour\n')
})

test('following ends when nobody asks any more', async () => {
  const abort = new AbortController()
  const all = read(twoRuns(), { follow: true }, abort.signal)
  setImmediate(() => abort.abort())
  expect(await all).toBe('one\ntwo\nthree\n')
})
