import { expect, test } from 'vitest'
import { sentenceOf } from './errors.ts'

test.each([
  [new Error('The disk is full.'), 'The disk is full.'], [new TypeError('TypeError: Error: bad\n    at foo (a.js:1:1)'), 'bad'], ['text', 'text'], [new Error(''), 'Unknown error'],
])('%s is told as a sentence', (error, text) => expect(sentenceOf(error)).toBe(text))
