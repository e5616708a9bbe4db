import { expect, test } from 'vitest'
import { orAborted } from './or-aborted.ts'

const never = new Promise<string>(() => undefined)

test('what comes first: the answer, its failure, or the signal', async () => {
  const stop = new AbortController()
  expect(await orAborted(Promise.resolve('answer'), stop.signal)).toBe('answer')
  await expect(orAborted(Promise.reject(new Error('failed')), stop.signal)).rejects.toThrow('failed')
  const waiting = orAborted(never, stop.signal)
  stop.abort(new Error('given up'))
  await expect(waiting).rejects.toThrow('given up')
})

test('a signal that came before is heard at once, also by what has an answer', async () => {
  const given = AbortSignal.abort(new Error('given up'))
  await expect(orAborted(never, given)).rejects.toThrow('given up')
  await expect(orAborted(Promise.resolve('answer'), given)).rejects.toThrow('given up')
  await expect(orAborted(Promise.reject(new Error('failed')), given)).rejects.toThrow('given up')
})
