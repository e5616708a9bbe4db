import type { FakeClock } from '../../common/fake-clock.ts'

/** The next item of a stream, with time going on until it comes. Rejects when the stream ends or fails instead. */
export async function nextOf<T>(iterator: AsyncIterator<T>, clock: FakeClock, stepMs = 100): Promise<T> {
  let over = false
  const result = iterator.next().finally(() => (over = true))
  result.catch(() => undefined)
  for (let i = 0; i < 200 && !over; i++) await clock.advance(stepMs)
  const { value, done } = await result
  if (done === true) throw new Error('the stream ended')
  return value
}
