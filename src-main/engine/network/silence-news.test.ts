import { expect, test } from 'vitest'
import { SilenceWatch } from './silence-news.ts'

const set = (...names: string[]): Set<string> => new Set(names)

test('is news when the last of the others has new rules, and only once', () => {
  const watch = new SilenceWatch()
  expect(watch.news([set(), set()], 0)).toEqual([])
  watch.changed(set('b'), 1_000)
  expect(watch.news([set('b'), set()], 1_100)).toEqual([])
  expect(watch.news([set('b'), undefined], 1_150)).toEqual([])
  watch.changed(set('b'), 1_180)
  expect(watch.news([set('b'), set('b')], 1_200)).toEqual([{ node: 'b', afterMs: 200 }])
  expect(watch.news([set('b'), set('b')], 1_300)).toEqual([])
})

test('a server that is silent again is news again; with nobody left to have rules there is none', () => {
  const watch = new SilenceWatch()
  watch.changed(set('b'), 0)
  expect(watch.news([set('b')], 10)).toHaveLength(1)
  watch.changed(set(), 20)
  watch.changed(set('b'), 30)
  expect(watch.news([], 40)).toEqual([])
  expect(watch.news([set('b')], 50)).toEqual([{ node: 'b', afterMs: 20 }])
})
