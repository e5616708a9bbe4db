import { describe, expect, test } from 'vitest'
import { filled, filledExpected, forOldKubectl, mismatch, no, ok, words } from './step.ts'

test.each<[string, string[]]>([
  ['get pods', ['get', 'pods']], ['  a   b ', ['a', 'b']], [`patch x -p '{"a": "b"}'`, ['patch', 'x', '-p', '{"a": "b"}']], [`--from-literal=a="b c"d`, ['--from-literal=a=b cd']], [`a ''`, ['a', '']],
])('words of %s', (line, expected) => expect(words(line)).toEqual(expected))

test('a quote that is not closed is a mistake of the table', () => expect(() => words(`a 'b`)).toThrow("a ' is not closed"))

test('what is kept is put in, and JSON stays as it is', () => {
  expect(filled('{ns}/{"a":{}} {other}', { ns: 'team' })).toBe('team/{"a":{}} {other}')
  const pattern = filledExpected(/^{name}$/, { name: 'a.b' }) as RegExp
  expect(['a.b', 'axb'].map((text) => pattern.test(text))).toEqual([true, false])
})

describe('mismatch', () => {
  const good = { code: 0, out: 'pod/a created\n', err: '' }
  test.each([[ok('x', 'pod/a created')], [ok('x', /created/)], [ok('x', [/pod/, /a/])], [ok('x')]])('%j is met', (step) => expect(mismatch(step, good)).toBeUndefined())
  test.each([[ok('x', 'pod/a'), good, 'its output'], [ok('x', [/pod/, /b/]), good, 'its output'], [ok('x'), { ...good, code: 1 }, 'ended with 1'], [ok('x'), { ...good, err: 'Warning: old' }, 'its errors'], [no('x', /no/), good, 'ended with 0']] as const)(
    '%j is not', (step, outcome, why) => expect(mismatch(step, outcome)).toContain(why),
  )
})

test('what is different with an old kubectl takes the place of what is said for all', () => {
  expect(forOldKubectl(ok('a', 'b', { old: { why: 'w', out: 'c' } }))).toEqual(ok('a', 'c'))
  expect(forOldKubectl(ok('a', 'b', { old: { why: 'w', skip: true } }))).toBeUndefined()
})
