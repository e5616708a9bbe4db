import { describe, expect, test } from 'vitest'
import { SentenceTemplates, valuesOf } from './sentence-templates.ts'

describe('what stands in the holes', () => {
  test.each<[string, readonly string[], string, string[] | undefined]>([
    ['none', ['It is gone.'], 'It is gone.', []],
    ['none, and another text', ['It is gone.'], 'It is gone', undefined],
    ['one in the middle', ['Of ', ' answer.'], 'Of three answer.', ['three']],
    ['two', ['Of ', ' only ', ' answer.'], 'Of 3 only 2 answer.', ['3', '2']],
    ['at both ends', ['', ' waits for ', ''], 'web waits for db', ['web', 'db']],
    ['one that is empty', ['Of ', ' answer.'], 'Of  answer.', ['']],
    ['the first part alone is there twice', ['a ', ' b ', ' c'], 'a 1 b 2 b 3 c', ['1', '2 b 3']],
    ['the end does not fit', ['Of ', ' answer.'], 'Of three answer!', undefined],
    ['beginning and end may not overlap', ['abc', 'bcd'], 'abcd', undefined],
    ['a part is missing', ['Of ', ' only ', ' answer.'], 'Of 3 answer.', undefined],
  ])('%s', (_, parts, text, values) => expect(valuesOf(parts, text)).toEqual(values))
})

test('a template is found by its first word, by its last one, and without either', () => {
  const templates = new SentenceTemplates()
  for (const template of ['Server {0} answers.', '{0} answers again', '{0}: {1}', 'One more.']) templates.add(template, template)
  const found = (text: string): string[] => [...templates.matching(text)].map(({ template }) => template.to)
  expect(found('Server a answers.')).toEqual(['Server {0} answers.'])
  expect(found('It answers again')).toEqual(['{0} answers again'])
  expect(found('a: b')).toEqual(['{0}: {1}'])
  expect(found('nothing of these')).toEqual([])
  expect([templates.exact('One more.'), templates.exact('Server a answers.')]).toEqual(['One more.', undefined])
})
