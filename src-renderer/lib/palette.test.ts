import { expect, test } from 'vitest'
import { markedAt, search, stepFrom, type Command } from './palette.ts'

const commands: Command[] = ['Overview', 'web: Logs', 'my-web', 'cobweb', 'cache'].map((title) => ({ id: title, title, hint: title === 'cache' ? 'App · web-team' : 'App', run: () => undefined }))

test.each([
  ['web', ['web: Logs', 'my-web', 'cobweb', 'cache']], ['web log', ['web: Logs']], ['  ', ['Overview', 'web: Logs', 'my-web']], ['none', []],
])('%s finds the best first', (query, titles) => expect(search(query, commands, query.trim() === '' ? 3 : 10).map((c) => c.title)).toEqual(titles))

test('who went to a command stays at it, whatever comes before it or goes', () => {
  const chosen = stepFrom(commands, '', 2)
  expect(commands[markedAt(commands, chosen)]?.title).toBe('my-web')
  for (const list of [commands.slice(1), [{ id: 'new', title: 'new', hint: '', run: () => undefined }, ...commands]]) expect(list[markedAt(list, chosen)]?.title).toBe('my-web')
  expect(markedAt(commands, 'gone')).toBe(0)
})

test('the arrows go around the ends', () => {
  expect([stepFrom(commands, '', -1), stepFrom(commands, 'cache', 1), stepFrom([], '', 1)]).toEqual(['cache', 'Overview', ''])
})
