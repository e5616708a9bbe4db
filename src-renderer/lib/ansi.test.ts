import fc from 'fast-check'
import { expect, test } from 'vitest'
import { markFound, parseAnsi, plainText } from './ansi.ts'

test('colours become pieces, other sequences go', () => {
  expect(parseAnsi('a\u001b[1;31mb\u001b[0m\u001b[2Kc')).toEqual([
    { text: 'a', colour: '', bold: false }, { text: 'b', colour: 'var(--bad)', bold: true }, { text: 'c', colour: '', bold: false },
  ])
  expect(plainText('\u001b]0;title\u0007x\u001b[38my\r')).toBe('xy')
})

test('marking what is found neither loses nor adds text', () => {
  fc.assert(fc.property(fc.array(fc.constantFrom('a', 'b', 'Ab', '\u001b[32m', '\u001b[0m')), fc.constantFrom('a', 'ab', 'bab', ''), (parts, query) => {
    const pieces = parseAnsi(parts.join(''))
    const marked = markFound(pieces, query)
    const text = plainText(parts.join(''))
    expect(marked.map((p) => p.text).join('')).toBe(text)
    const found = marked.filter((p) => p.found).map((p) => p.text).join('').length
    expect(found).toBe(query === '' ? 0 : (text.toLowerCase().split(query).length - 1) * query.length)
  }))
})
