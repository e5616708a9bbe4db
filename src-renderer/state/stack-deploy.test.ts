import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeStacks } from '../testing/fake-stacks.ts'
import { StackDeployment } from './stack-deploy.svelte.ts'
import { StackTextChoices } from './stack-text.svelte.ts'
import { toasts } from './toasts.svelte.ts'

const TEXT = 'name: cafe\nservices:\n  menu:\n    image: nginx\nsecrets:\n  key:\n    file: ./key\n'
let stacks: FakeStacks
const removed: string[] = []
const cluster = { remove: (ref: { name: string }) => Promise.resolve(void removed.push(ref.name)) }
let choices: StackTextChoices
beforeEach(() => {
  vi.useFakeTimers()
  stacks = new FakeStacks(undefined, true, 10)
  choices = new StackTextChoices(stacks)
})
afterEach(() => vi.useRealTimers())
async function soon<T>(promise: Promise<T>): Promise<T> {
  await vi.advanceTimersByTimeAsync(3000)
  return promise
}

test('a file that the text names is asked for, given, and forgotten after the deploy', async () => {
  expect((await soon(choices.planOf(TEXT))).problems).toEqual([expect.objectContaining({ message: expect.stringContaining('"./key" was not given') as string })])
  expect(choices.plan?.files).toEqual([{ path: './key', use: 'secret', given: false }])
  choices.give('./key', 'correct horse')
  expect((await soon(choices.planOf(TEXT))).problems).toEqual([])
  expect(choices.deployOf(TEXT)).toEqual({ text: TEXT, files: { './key': 'correct horse' }, rotate: false, prune: false })
  const deployment = new StackDeployment(stacks, cluster)
  expect(await soon(deployment.start(TEXT, choices))).toBe(true)
  expect([deployment.stack, deployment.run.state, choices.files]).toEqual(['cafe', 'done', {}])
})

test('a new stack is taken back by removing it, one that was there by deploying what it was', async () => {
  choices.give('./key', 'x')
  await soon(choices.planOf(TEXT))
  await soon(new StackDeployment(stacks, cluster).start(TEXT, choices))
  toasts.undoLast()
  await vi.advanceTimersByTimeAsync(500)
  expect(stacks.asked).toEqual(['deploy', 'remove cafe'])
  const shop = 'name: shop\nservices:\n  web:\n    image: nginx:1.28\n'
  await soon(choices.planOf(shop))
  expect(choices.plan?.missing).toEqual(['shop_api', 'shop_db'])
  await soon(new StackDeployment(stacks, cluster).start(shop, choices))
  toasts.undoLast()
  await vi.advanceTimersByTimeAsync(500)
  expect(stacks.asked.slice(2)).toEqual(['deploy', 'deploy'])
})

test('services of no stack are taken back: what was there is deployed again, what is new goes; what could not be read has no way back', async () => {
  const loose = 'x-toque-no-stack: true\nservices:\n  pdf-export:\n    image: nginx:1.28\n  fresh:\n    image: nginx\n'
  await soon(choices.planOf(loose))
  await soon(new StackDeployment(stacks, cluster).start(loose, choices))
  toasts.undoLast()
  await vi.advanceTimersByTimeAsync(500)
  expect([stacks.asked, removed]).toEqual([['deploy', 'deploy'], ['fresh']])
  stacks.readBack = () => Promise.reject(new Error('the line is dead'))
  const shop = 'name: shop\nservices: {web: {image: x}}\n'
  await soon(choices.planOf(shop))
  await soon(new StackDeployment(stacks, cluster).start(shop, choices))
  expect(toasts.list.at(-1)).toMatchObject({ tone: 'ok' })
  expect(toasts.list.at(-1)?.undo).toBeUndefined()
})

test('one that stopped midway is no success, and keeps what was given', async () => {
  choices.give('./key', 'x')
  await soon(choices.planOf(TEXT))
  stacks.failAt = 0
  const deployment = new StackDeployment(stacks, cluster)
  expect(await soon(deployment.start(TEXT, choices))).toBe(false)
  expect([deployment.run.state, choices.files]).toEqual(['stopped', { './key': 'x' }])
})
