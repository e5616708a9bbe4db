import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatBytes, formatMilliCpu, milliCpu, parseQuantity, wholeNumber } from './quantity.ts'

test.each([
  ['1', 1], ['100m', 0.1], ['0.5', 0.5], ['.5', 0.5], ['1Ki', 1024], ['1.5Gi', 1610612736], ['2e3', 2000], ['3E', 3e18], ['1e-3', 0.001], ['-1', -1], [4, 4],
])('%s is %d', (text, value) => expect(parseQuantity(text)).toBe(value))

test.each(['', 'Mi', '1mi', '1 Gi', '1GB', 'one', '1.2.3'])('%j is not a quantity', (text) => expect(parseQuantity(text)).toBeUndefined())

test('millicores and whole numbers round up', () => {
  expect(milliCpu('0.1')).toBe(100)
  expect(milliCpu('1u')).toBe(1)
  expect(milliCpu(undefined)).toBe(0)
  expect(wholeNumber('1.1')).toBe(2)
})

test('formatting round-trips', () => {
  fc.assert(fc.property(fc.nat(), (n) => parseQuantity(formatBytes(n)) === n))
  fc.assert(fc.property(fc.nat(1_000_000), (n) => milliCpu(formatMilliCpu(n)) === n))
})
