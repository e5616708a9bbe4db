import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeVolumes } from '../testing/fake-volumes.ts'
import { TransferRun } from './transfer-run.svelte.ts'

const orders = { namespace: 'data', name: 'orders' }
const from = { namespace: 'data', backup: 'orders-nightly-3' }
let volumes: FakeVolumes
let run: TransferRun
beforeEach(() => {
  vi.useFakeTimers()
  volumes = new FakeVolumes({ stepMs: 100 })
  run = new TransferRun()
})
afterEach(() => vi.useRealTimers())
const nodeOf = (): string | undefined => volumes.claims.find((c) => c.ref.name === 'orders')?.node

test('a move is followed to its end', async () => {
  const over = run.start(() => volumes.move(orders, 'pantry'))
  await vi.advanceTimersByTimeAsync(50)
  expect([run.state, run.progress?.phase, run.progress?.pods]).toEqual(['running', 'stopping', ['orders-db-7d5b9c1f-x3rsw']])
  await vi.advanceTimersByTimeAsync(200)
  expect([run.progress?.phase, (run.progress?.doneBytes ?? 0) > 0, run.progress?.totalBytes]).toEqual(['copying', true, 3_400_000_000])
  await vi.advanceTimersByTimeAsync(2000)
  await over
  expect([run.state, run.progress?.phase, nodeOf()]).toEqual(['done', 'done', 'pantry'])
})

test('one that is left before its end changes nothing, and another can begin', async () => {
  void run.start(() => volumes.move(orders, 'pantry'))
  await vi.advanceTimersByTimeAsync(250)
  run.leave()
  await vi.advanceTimersByTimeAsync(2000)
  expect([run.state, run.progress, nodeOf()]).toEqual(['idle', undefined, 'kitchen-1'])
  void run.start(() => volumes.restore(from, { claim: orders, replace: true, keepAs: 'before' }))
  await vi.advanceTimersByTimeAsync(50)
  expect(run.progress?.phase).toBe('keeping')
  await vi.advanceTimersByTimeAsync(3000)
  expect([run.state, volumes.claims.find((c) => c.ref.name === 'orders')?.copies[0]?.ref.name]).toEqual(['done', 'before'])
})

test('why it failed is told; one that was cut off is not done', async () => {
  volumes.failure = 'The copy is not what was saved: it was changed or is damaged.'
  void run.start(() => volumes.restore(from, { claim: orders, replace: true }))
  await vi.advanceTimersByTimeAsync(500)
  expect([run.state, run.error]).toEqual(['failed', volumes.failure])
  const cut = async function* () { yield await Promise.resolve({ phase: 'copying' as const, doneBytes: 1 }) }
  await run.start(cut)
  expect([run.state, run.error]).toEqual(['failed', ''])
})
