import { describe, expect, test } from 'vitest'
import { interpolate } from './interpolate.ts'

const VARIABLES = { A: 'a', EMPTY: '', B: 'b' }

describe('interpolate', () => {
  test.each([
    ['$A', 'a'], ['${A}', 'a'], ['x${A}y$B', 'xayb'], ['$$A', '$A'], ['$${A}', '${A}'], ['$$$A', '$a'], ['${NONE}', ''], ['$NONE.', '.'],
    ['${A:-d}', 'a'], ['${EMPTY:-d}', 'd'], ['${EMPTY-d}', ''], ['${NONE-d}', 'd'], ['${NONE:-}', ''], ['${NONE:-a:b/c}', 'a:b/c'],
    ['${NONE:-${A}}', 'a'], ['${NONE:-${NONE:-${B}}x}', 'bx'], ['${A:+set}', 'set'], ['${NONE:+set}', ''], ['${EMPTY+set}', 'set'], ['${EMPTY:+set}', ''],
    ['${A:?why}', 'a'], ['${EMPTY?why}', ''], ['no dollar', 'no dollar'], ['${NONE:-$$5}', '$5'],
  ])('%s is "%s"', (text, expected) => expect(interpolate(text, VARIABLES)).toBe(expected))

  test.each([
    ['${NONE:?say $A}', 'The variable NONE must have a value: say a.'], ['${EMPTY:?}', 'The variable EMPTY must have a value.'],
    ['${', 'is no text'], ['${}', 'is no text'], ['$', 'is no text'], ['a $ b', 'is no text'], ['${A!}', 'is no text'], ['${1A}', 'is no text'], ['${A', 'is no text'],
  ])('%s is refused', (text, message) => expect(() => interpolate(text, VARIABLES)).toThrow(message))

  test('names what has no value', () => {
    const missing: string[] = []
    interpolate('$A $X ${Y:-d} ${Z}', VARIABLES, (name) => missing.push(name))
    expect(missing).toEqual(['X', 'Z'])
  })
})
