import { expect, test } from 'vitest'
import { isCounter, parseExposition } from './prometheus-text.ts'

test('values, labels with escapes, times, types', () => {
  const text = [
    '# HELP a What it is.', '# TYPE a counter', 'a 1', 'a{x="1",y="two \\"words\\"\\n\\\\",} 2.5 1700000000000', 'b{ x = "} 7" } 3e2', 'c{le="+Inf"} +Inf', 'd NaN', '', 'not a line at all', 'e{x=1} 4', 'f_total 5\r',
  ].join('\n')
  const exposition = parseExposition(text)
  expect(exposition.samples).toEqual([
    { name: 'a', labels: {}, value: 1 }, { name: 'a', labels: { x: '1', y: 'two "words"\n\\' }, value: 2.5 }, { name: 'b', labels: { x: '} 7' }, value: 300 }, { name: 'f_total', labels: {}, value: 5 },
  ])
  expect(['a', 'b', 'f_total'].map((name) => isCounter(exposition, name))).toEqual([true, false, true])
})
