import { expect, test } from 'vitest'
import { ContainerHolds } from './container-holds.ts'

interface Later { promise: Promise<void>; resolve: () => void }
function later(): Later {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('what is beginning has begun before a container is held, and what comes meanwhile waits; other containers do not', async () => {
  const holds = new ContainerHolds()
  const said: string[] = []
  const [slow, copy] = [later(), later()]
  const first = holds.begin('a', () => slow.promise.then(() => said.push('first begun')))
  const held = holds.hold(['a', 'b'], async () => {
    said.push('held')
    await copy.promise
    said.push('let go')
  })
  const second = holds.begin('a', () => Promise.resolve(said.push('second begun')))
  await holds.begin('c', () => Promise.resolve(said.push('elsewhere')))
  await turn()
  expect(said).toEqual(['elsewhere'])
  slow.resolve()
  await first
  await turn()
  expect(said).toEqual(['elsewhere', 'first begun', 'held'])
  copy.resolve()
  await Promise.all([held, second])
  expect(said.slice(3)).toEqual(['let go', 'second begun'])
})

test('a copy that fails, and a program that does not start, hold nobody', async () => {
  const holds = new ContainerHolds()
  await expect(holds.begin('a', () => Promise.reject(new Error('no such program')))).rejects.toThrow('no such program')
  await expect(holds.hold(['a'], () => Promise.reject(new Error('no room')))).rejects.toThrow('no room')
  expect(await holds.begin('a', () => Promise.resolve('begun'))).toBe('begun')
})

test('two holds of one container come one after the other', async () => {
  const holds = new ContainerHolds()
  const said: string[] = []
  const copy = later()
  const one = holds.hold(['a', 'b'], () => copy.promise.then(() => void said.push('one')))
  const two = holds.hold(['b'], () => Promise.resolve(void said.push('two')))
  await turn()
  copy.resolve()
  await Promise.all([one, two])
  expect(said).toEqual(['one', 'two'])
})
