import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

type Message = string | { match: Record<string, string> }[]
const read = (name: string): Record<string, Message> => JSON.parse(readFileSync(new URL(`../../resources/messages/${name}.json`, import.meta.url), 'utf8')) as Record<string, Message>
const variables = (message: Message | undefined): string[] => [...new Set(JSON.stringify(message ?? '').match(/\{\w+\}/g) ?? [])].sort()

test('Korean says everything English says, with the same numbers and names in it', () => {
  const en = read('en')
  const ko = read('ko')
  expect(Object.keys(ko)).toEqual(Object.keys(en))
  for (const key of Object.keys(en)) expect(variables(ko[key]), key).toEqual(variables(en[key]))
})
