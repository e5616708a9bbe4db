import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shareStrings, sharedString } from './shared-strings.ts'

test('a value with shared strings is the same value', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const before = structuredClone(value)
    expect(shareStrings(value)).toEqual(before)
  }))
})

test('a string stays what it is, however many others there were, and however long it is', () => {
  for (let i = 0; i < 20_000; i++) expect(sharedString(`name-${String(i)}`)).toBe(`name-${String(i)}`)
  const long = 'x'.repeat(10_000)
  expect(sharedString(long)).toBe(long)
})
