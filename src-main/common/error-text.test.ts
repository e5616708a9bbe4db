import { expect, test } from 'vitest'
import { errorText } from './error-text.ts'

test.each<[string, unknown, string]>([
  ['a sentence', new Error('The disk is full.'), 'The disk is full.'],
  ['with its cause', new Error('It did not start.', { cause: new Error('no route') }), 'It did not start.; because: no route'],
  ['a cause that is said already', new Error('It did not start (no route).', { cause: new Error('no route') }), 'It did not start (no route).'],
  ['a bug', new TypeError('x is not a function'), 'TypeError: x is not a function'],
  ['no message', new Error(), 'Error'],
  ['a text', 'gone', 'gone'],
  ['anything', { code: 1 }, '{"code":1}'],
  ['nothing', undefined, 'undefined'],
])('%s', (_, error, text) => expect(errorText(error)).toBe(text))

test('a cause that leads to itself ends', () => {
  const error = new Error('round')
  error.cause = error
  expect(errorText(error)).toBe('round')
})

test('with a stack only where asked', () => {
  expect(errorText(new Error('x'))).not.toMatch(/\n\s+at /)
  expect(errorText(new Error('x'), true)).toMatch(/\n\s+at /)
})
