import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatSelector, matchesAll, matchesSelector, parseSelector, type Requirement } from './labels.ts'

test.each([
  ['app=web', { app: 'web' }, true], ['app==web', { app: 'api' }, false], ['app!=web', {}, true], ['app', { app: '' }, true], ['!app', { app: 'x' }, false],
  ['tier in (a, b),app=web', { tier: 'b', app: 'web' }, true], ['tier notin (a,b)', { tier: 'a' }, false], ['', { any: 'thing' }, true], ['n>3', { n: '4' }, true],
])('%j on %j: %s', (text, labels, expected) => expect(matchesAll(labels as Record<string, string>, parseSelector(text))).toBe(expected))

test.each(['a b', '=x', 'a in', 'a in (b'])('%j is refused', (text) => expect(() => parseSelector(text)).toThrow(/unable to parse/))

test('an absent selector matches nothing, an empty one everything', () => {
  expect(matchesSelector({ a: 'b' }, undefined)).toBe(false)
  expect(matchesSelector({ a: 'b' }, {})).toBe(true)
})

test('format and parse round-trip', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/)
  const requirement = fc.oneof(
    fc.record({ key: word, operator: fc.constantFrom('In', 'NotIn'), values: fc.array(word, { minLength: 1, maxLength: 3 }) }),
    fc.record({ key: word, operator: fc.constantFrom('Exists', 'DoesNotExist'), values: fc.constant([]) }),
  ) as fc.Arbitrary<Requirement>
  fc.assert(fc.property(fc.array(requirement, { maxLength: 4 }), (rs) => {
    expect(parseSelector(formatSelector(rs))).toEqual(rs)
  }))
})
