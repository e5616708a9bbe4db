import fc from 'fast-check'
import { expect, test } from 'vitest'
import { duplicateFields } from './duplicate-fields.ts'

test.each([
  ['{"a": 1, "a": 2}', ['a']], ['{"spec": {"x": [{"k": 1}, {"k": 1, "k": 2, "k": 3}]}}', ['spec.x[1].k']], ['{"a": {"b": 1}, "c": {"b": 2}}', []], ['[{"a": "a", "b": "a"}]', []],
  ['{"a\\"b": 1, "a\\u0022b": 2}', ['a"b']], ['{"a": "{\\"a\\": 1, \\"a\\": 2}", "b": "\\\\"}', []], ['{"__proto__": 1, "__proto__": 2}', ['__proto__']], ['"a"', []], ['[[1, 2], {"x": {}, "y": [], "x": 1}]', ['[1].x']],
])('%s', (text, found) => expect(duplicateFields(text)).toEqual(found))

test('what a serializer wrote has none', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    expect(duplicateFields(JSON.stringify(value, undefined, 1))).toEqual([])
  }))
})
