import { expect, test } from 'vitest'
import { together } from './together.ts'

/** Waits until it is told to end, and notes that. */
const waiting = (signal: AbortSignal, notes: unknown[]): Promise<void> => new Promise((_, reject) => {
  signal.addEventListener('abort', () => {
    notes.push(signal.reason)
    reject(new Error('ended with the others'))
  }, { once: true })
})

test('what fails first ends the others, and is what is thrown', async () => {
  const notes: unknown[] = []
  const first = new Error('first')
  await expect(together(new AbortController().signal, (either) => [waiting(either, notes), Promise.reject(first)])).rejects.toBe(first)
  expect(notes).toEqual([first])
})

test('the caller ends all; nothing is left running', async () => {
  const notes: unknown[] = []
  const caller = new AbortController()
  const work = together(caller.signal, (either) => [waiting(either, notes), waiting(either, notes)])
  caller.abort('enough')
  await expect(work).rejects.toThrow('ended with the others')
  expect(notes).toEqual(['enough', 'enough'])
  await together(caller.signal, () => [Promise.resolve()])
})
