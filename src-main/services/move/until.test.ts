import { expect, test } from 'vitest'
import { FakeClock } from '../../common/fake-clock.ts'
import type { Hopeless } from './until.ts'
import { until } from './until.ts'

const never = new AbortController().signal

function waiting(missing: () => string | Hopeless | undefined, signal = never) {
  const clock = new FakeClock()
  const said: string[] = []
  let wake = (): void => undefined
  let deafened = 0
  const over = until({
    clock, signal, deadlineMs: 60_000, tell: (message) => void said.push(message), missing: () => Promise.resolve(missing()),
    listen: (listener) => {
      wake = listener
      return () => { deafened += 1 }
    },
  })
  const result = over.then(() => 'done', (error: unknown) => (error as Error).message)
  return { clock, said, wake: () => wake(), result, deafened: () => deafened }
}

test('it looks again when something happens, tells each new sentence once, and lets go of what it listened to', async () => {
  let left: string | undefined = 'two'
  const { clock, said, wake, result, deafened } = waiting(() => left)
  await clock.advance(0)
  left = 'one'
  wake()
  await clock.advance(0)
  left = undefined
  wake()
  expect(await result).toBe('done')
  expect([said, deafened()]).toEqual([['two', 'one'], 1])
})

test('what no event tells of is seen, too', async () => {
  let left: string | undefined = 'something'
  const { clock, result } = waiting(() => left)
  await clock.advance(100)
  left = undefined
  await clock.advance(300)
  expect(await result).toBe('done')
})

test('with the time over it says what was still missing', async () => {
  const { clock, result } = waiting(() => 'The pods are not ready yet.')
  for (let i = 0; i < 300; i++) await clock.advance(300)
  expect(await result).toBe('The pods are not ready yet. (That was waited for 60 seconds.)')
})

test('what is hopeless is given up long before, but not when it is only so for a moment', async () => {
  let hopeless = true
  const { clock, result } = waiting(() => (hopeless ? { hopeless: 'No server can take it.' } : 'It is being pulled.'))
  for (let i = 0; i < 50; i++) await clock.advance(300)
  hopeless = false
  await clock.advance(300)
  hopeless = true
  for (let i = 0; i < 50; i++) await clock.advance(300)
  let over = false
  void result.then(() => (over = true))
  await clock.advance(0)
  expect(over).toBe(false)
  for (let i = 0; i < 30; i++) await clock.advance(300)
  expect(await result).toBe('No server can take it.')
})

test('it ends with the signal', async () => {
  const leaving = new AbortController()
  const { clock, result } = waiting(() => 'something', leaving.signal)
  await clock.advance(0)
  leaving.abort(new Error('left'))
  await clock.advance(300)
  expect(await result).toBe('left')
})
