import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isNewer, judge, OUTLAST_MS, parseTerm, termText } from './term.ts'
import type { Found, Term } from './term.ts'

const own = { epoch: 3, holder: 'me', name: 'me@here', revision: 100 }
const other = (epoch: number): Term => ({ epoch, holder: 'other', name: 'mina@laptop' })

describe('may this engine drive a node?', () => {
  test.each<[string, Found, object]>([
    ['nobody drove it', {}, { may: true }],
    ['it drove it itself', { term: own, seenAgoMs: 5 }, { may: true }],
    ['it drove it itself in an earlier term', { term: { ...own, epoch: 1 }, seenAgoMs: 5 }, { may: true }],
    ['another desk drove it and gave it back', { term: other(2) }, { may: true }],
    ['another desk drove it a moment ago', { term: other(2), seenAgoMs: OUTLAST_MS }, { may: true, outlast: other(2) }],
    ['another desk drove it long ago', { term: other(2), seenAgoMs: 60_000 }, { may: true }],
    ['another desk took over', { term: other(4), seenAgoMs: 60_000 }, { may: false, why: 'superseded', by: other(4) }],
    ['another desk took over in the same moment', { term: other(3) }, { may: false, why: 'superseded', by: other(3) }],
    ['the copy is as old as this', { term: own, copy: { epoch: 3, revision: 100 } }, { may: true }],
    ['the copy is of an earlier term', { term: own, copy: { epoch: 2, revision: 900 } }, { may: true }],
    ['this state is older than the copy: a backup, put back', { term: own, copy: { epoch: 3, revision: 101 } }, { may: false, why: 'stale', copy: { epoch: 3, revision: 101 } }],
    ['this state is of an earlier term than the copy', { copy: { epoch: 4, revision: 1 } }, { may: false, why: 'stale', copy: { epoch: 4, revision: 1 } }],
  ])('%s', (_, found, verdict) => expect(judge(own, found)).toEqual(verdict))

  const term = fc.record({ epoch: fc.integer({ min: 1, max: 5 }), holder: fc.constantFrom('a', 'b', 'c'), name: fc.constant('x') })
  test('of two desks, never both, and none without outlasting the other', () => {
    fc.assert(fc.property(term, term, (a, b) => {
      fc.pre(a.holder !== b.holder)
      // Each finds that the other renewed just now.
      const first = judge({ ...a, revision: 0 }, { term: b, seenAgoMs: 0 })
      const second = judge({ ...b, revision: 0 }, { term: a, seenAgoMs: 0 })
      const free = [first, second].filter((verdict) => verdict.may && verdict.outlast === undefined)
      expect(free).toEqual([])
      expect(first.may && second.may).toBe(false)
    }))
  })

  test('newer is an order', () => {
    const point = fc.record({ epoch: fc.nat(3), revision: fc.nat(3) })
    fc.assert(fc.property(point, point, point, (a, b, c) => {
      expect(isNewer(a, b) && isNewer(b, a)).toBe(false)
      if (isNewer(a, b) && isNewer(b, c)) expect(isNewer(a, c)).toBe(true)
    }))
  })
})

test('a term as text', () => {
  expect(parseTerm(termText({ epoch: 12, holder: 'abc', name: 'Mina  Kim@lap\ntop' }))).toEqual({ epoch: 12, holder: 'abc', name: 'Mina Kim@lap top' })
  for (const text of ['', 'x', '1', 'one two three']) expect(parseTerm(text)).toBeUndefined()
})
