import fc from 'fast-check'
import { expect, test } from 'vitest'
import { excesses } from './crowding.ts'

test.each<[string, Record<string, number>, string[], Record<string, number>]>([
  ['one more is no crowd', { a: 2, b: 1 }, ['a', 'b'], {}], ['two more are', { a: 3, b: 1 }, ['a', 'b'], { a: 2 }],
  ['an empty place counts', { a: 2, b: 2 }, ['a', 'b', 'c'], { a: 2, b: 2 }], ['a closed one does not', { a: 2, b: 0 }, ['a'], {}],
  ['a closed one may be crowded', { a: 1, b: 3 }, ['a'], { b: 2 }], ['no place is open', { a: 5 }, [], {}],
])('%s', (_, counts, open, expected) => expect(Object.fromEntries(excesses(new Map(Object.entries(counts)), open))).toEqual(expected))

test('a move from a crowded place to the emptiest makes the sum of the squares smaller; where there is none, no such move does', () => {
  fc.assert(fc.property(fc.array(fc.nat(9), { minLength: 1, maxLength: 6 }), (counts) => {
    const places = counts.map((_, i) => String(i))
    const crowded = excesses(new Map(counts.map((n, i) => [String(i), n])), places)
    const emptiest = counts.indexOf(Math.min(...counts))
    counts.forEach((n, i) => {
      if (i === emptiest || n === 0) return
      const change = (n - 1) ** 2 - n ** 2 + ((counts[emptiest] ?? 0) + 1) ** 2 - (counts[emptiest] ?? 0) ** 2
      expect(crowded.has(String(i))).toBe(change < 0)
    })
  }))
})
