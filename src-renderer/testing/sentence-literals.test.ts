import { expect, test } from 'vitest'
import { literalsOf } from './sentence-literals.ts'

test.each([
  ['a plain one', "say('It is gone.')", ['It is gone.']],
  ['values are holes, by number', 'say(`Of ${a} only ${f(b)} answer.`)', ['Of {0} only {1} answer.']],
  ['two values side by side are one hole', 'say(`It is ${a}${b}.`)', ['It is {0}.']],
  ['branches are ways', 'say(`${n} ${n === 1 ? "task waits" : "tasks wait"}.`)', ['{0} task waits.', '{0} tasks wait.']],
  ['a branch within a branch', 'say(`It ended${code ? ` (${code === 1 ? "badly" : `code ${code}`})` : ""}.`)', ['It ended (badly).', 'It ended (code {0}).', 'It ended.']],
  ['sums', "say('One. ' + two + ' Three.')", ['One. {0} Three.']],
  ['a text in a value is one by itself', "say(`It says: ${list(['one thing', 'another'])}.`)", ['It says: {0}.', 'one thing', 'another']],
  ['a name for one of two texts', "const where = here ? 'on this server' : 'far away'; say(`It is ${where}.`)", ['on this server', 'far away', 'It is on this server.', 'It is far away.']],
  ['neither imports nor types', "import x from 'A file.'; type A = 'No text.'", []],
])('%s', (_, source, texts) => expect(literalsOf(source)).toEqual(texts))

test('a text of very many ways counts by its pieces', () => {
  const branches = Array.from({ length: 7 }, (_, i) => `\${c${String(i)} ? 'yes ${String(i)}' : 'no'}`).join(' ')
  expect(literalsOf(`say(\`${branches}\`)`)).toContain('yes 3')
})
