import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { splitWords } from './shell-words.ts'
import { formatByteSize, formatDuration, parseBytes, parseDuration } from './units.ts'

const S = 1_000_000_000

describe('durations', () => {
  test.each([['0', 0], ['5s', 5 * S], ['1m30s', 90 * S], ['1.5h', 5400 * S], ['2h0m1s', 7201 * S], ['500ms', S / 2], ['10us', 10_000], ['7ns', 7], ['.5s', S / 2]])('%s', (text, expected) => expect(parseDuration(text)).toBe(expected))
  test.each(['', '5', '5x', 's', '-5s', '5 s', '1d', 's5'])('"%s" is none', (text) => expect(parseDuration(text)).toBeUndefined())
  test('what is written is read back', () => fc.assert(fc.property(fc.integer({ min: 0, max: 1e15 }), (n) => { expect(parseDuration(formatDuration(n))).toBe(n) })))
})

describe('sizes', () => {
  test.each([['1', 1], ['1b', 1], ['50M', 50 * 2 ** 20], ['1.5gb', 1.5 * 2 ** 30], ['2GiB', 2 ** 31], ['10k', 10_240], ['1 MB', 2 ** 20], ['1t', 2 ** 40]])('%s', (text, expected) => expect(parseBytes(text)).toBe(expected))
  test.each(['', '5Q', 'M', '-1', '1mm', '1.M'])('"%s" is none', (text) => expect(parseBytes(text)).toBeUndefined())
  test('what is written is read back', () => fc.assert(fc.property(fc.integer({ min: 0, max: 1e15 }), (n) => { expect(parseBytes(formatByteSize(n))).toBe(n) })))
})

describe('words of a command', () => {
  test.each([
    ['a b  c', ['a', 'b', 'c']], ['echo "a b" \'c  d\'', ['echo', 'a b', 'c  d']], ['"a\\"b"', ['a"b']], ["'x\\y'", ['x\\y']], ['p\\ q', ['p q']], ['a""b', ['ab']], ["''", ['']],
    ['a # b', ['a']], ['a#b', ['a#b']], ['', []], ['  ', []], ['a\tb\nc', ['a', 'b', 'c']], ['--x="1 2"', ['--x=1 2']],
  ])('%s', (line, words) => expect(splitWords(line)).toEqual(words))
  test.each([["a 'b", 'never closed'], ['a "b', 'never closed'], ['a\\', 'ends with a backslash']])('%s is refused', (line, message) => expect(() => splitWords(line)).toThrow(message))
})
