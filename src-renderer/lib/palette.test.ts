import { expect, test } from 'vitest'
import { search, type Command } from './palette.ts'

const commands: Command[] = ['Overview', 'web: Logs', 'my-web', 'cobweb', 'cache'].map((title) => ({ id: title, title, hint: title === 'cache' ? 'App · web-team' : 'App', run: () => undefined }))

test.each([
  ['web', ['web: Logs', 'my-web', 'cobweb', 'cache']], ['web log', ['web: Logs']], ['  ', ['Overview', 'web: Logs', 'my-web']], ['none', []],
])('%s finds the best first', (query, titles) => expect(search(query, commands, query.trim() === '' ? 3 : 10).map((c) => c.title)).toEqual(titles))
