import { expect, test } from 'vitest'
import { Answer } from './answer.svelte.ts'

test('the last question counts, whichever answer comes first', async () => {
  const answer = new Answer<string>()
  let late: (text: string) => void = () => undefined
  const first = answer.ask(() => new Promise((resolve) => (late = resolve)))
  await answer.ask(() => Promise.resolve('second'))
  late('first')
  await first
  expect([answer.value, answer.error]).toEqual(['second', ''])
})

test('a failure is a sentence, and the next question clears it', async () => {
  const answer = new Answer<string>()
  await answer.ask(() => Promise.resolve('old'))
  await answer.ask(() => Promise.reject(new TypeError('The engine is away.')), { stay: true })
  expect([answer.value, answer.error]).toEqual(['old', 'The engine is away.'])
  await answer.ask(() => Promise.resolve('new'))
  expect([answer.value, answer.error]).toEqual(['new', ''])
})

test('an answer that nobody waits for is dropped', async () => {
  const answer = new Answer<string>()
  const asked = answer.ask(() => Promise.resolve('x'))
  answer.leave()
  await asked
  expect(answer.value).toBeUndefined()
})
