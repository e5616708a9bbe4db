import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { deepAt } from './depth.ts'

test.each([
  ['lists in lists', '- '.repeat(5_000)],
  ['flow lists, never closed', '['.repeat(100_000)],
  ['flow maps', `${'{a: '.repeat(300)}1${'}'.repeat(300)}`],
  ['keys that are lists', `? ${'['.repeat(2_000)}`],
  ['questions', '? '.repeat(5_000)],
  ['maps, a line each', Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ['lists on the column of their key', Array.from({ length: 500 }, (_, i) => `${'  '.repeat(i)}a:\n${'  '.repeat(i)}- `).join('')],
])('%s are deep', (_, text) => {
  expect(deepAt(text)).toBeGreaterThan(0)
})

test.each([
  ['brackets in a scalar', `a: "${'['.repeat(1_000)}"`],
  ['brackets in a block', `a: |\n${'  [[[[ - - - {{{\n'.repeat(200)}b: 1`],
  ['a long list', 'a:\n- b: [1, {c: 2}]\n  d: 1\n'.repeat(1).padEnd(20_000, '- b: [1]\n')],
  ['many documents', '---\na: {b: [1]}\n'.repeat(1_000)],
  ['a comment', `# ${'- ['.repeat(1_000)}\na: 1`],
  ['nothing', ''],
])('%s is not', (_, text) => {
  expect(deepAt(text)).toBeUndefined()
})

test('what is written from values of so many levels is as deep as they are, or half of it', () => {
  const deep = (levels: number, isList: (i: number) => boolean): unknown => {
    let value: unknown = 'x'
    for (let i = 0; i < levels; i++) value = isList(i) ? [value, 1] : { a: 1, b: value }
    return value
  }
  fc.assert(fc.property(fc.integer({ min: 1, max: 80 }), fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }), fc.boolean(), (levels, pattern, isFlow) => {
    const text = stringify(deep(levels, (i) => pattern[i % pattern.length] === true), isFlow ? { collectionStyle: 'flow', lineWidth: 0 } : { lineWidth: 0 })
    expect(deepAt(text, Math.ceil(levels / 2) - 1)).toBeDefined()
    expect(deepAt(text, levels + 1)).toBeUndefined()
  }))
})

test('the place is where it becomes too deep', () => {
  const text = `first: 1\nsecond: |\n  [[[\nthird: ${'['.repeat(10)}`
  expect(text.slice(0, deepAt(text, 5))).toBe('first: 1\nsecond: |\n  [[[\nthird: [[[[')
})
