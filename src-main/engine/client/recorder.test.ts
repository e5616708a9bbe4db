import { expect, test } from 'vitest'
import { FakeClock, settle } from '../../common/fake-clock.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { Events, Pods } from '../../common/kube/kinds.ts'
import { EventBroadcaster } from './recorder.ts'
import { MemoryClient } from './testing/memory-client.ts'

test('a repeated event counts up; another is written anew; a failing API neither blocks nor throws', async () => {
  const clock = new FakeClock()
  const client = new MemoryClient(clock)
  const errors: unknown[] = []
  const broadcaster = new EventBroadcaster({ client, clock, onError: (e) => errors.push(e) })
  const recorder = broadcaster.recorder('kubelet', 'node-1')
  const pod = await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns' }, spec: { containers: [] } })
  recorder.event(pod, 'Warning', 'BackOff', 'crashed')
  recorder.event(pod, 'Warning', 'BackOff', 'crashed')
  await settle()
  await clock.advance(5000)
  recorder.event(pod, 'Warning', 'BackOff', 'crashed')
  recorder.event(pod, 'Normal', 'Started', 'up')
  await settle()
  const [first, second, ...more] = client.all(Events)
  expect(first).toMatchObject({ count: 3, reason: 'BackOff', involvedObject: { kind: 'Pod', name: 'p' }, source: { component: 'kubelet', host: 'node-1' } })
  expect(first?.lastTimestamp).not.toBe(first?.firstTimestamp)
  expect(second).toMatchObject({ count: 1, reason: 'Started' })
  expect(more).toEqual([])

  client.intercept = (verb) => {
    if (verb === 'create') throw new Error('disk full')
  }
  recorder.event(pod, 'Normal', 'Killing', 'stop')
  await broadcaster.stop()
  expect(errors).toHaveLength(1)
})

test('what goes on for hours is written ever more rarely, and none is left uncounted', async () => {
  const clock = new FakeClock()
  const client = new MemoryClient(clock)
  const events = new EventBroadcaster({ client, clock, onError: (error) => { throw error as Error } })
  const recorder = events.recorder('kubelet', 'node-1')
  const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '' }, spec: { containers: [] } }
  /** What was counted by what was said, at each write. */
  const writes = new Map<string, string>()
  let said = 0
  const say = async (everyMs: number, forMs: number): Promise<void> => {
    for (let ms = 0; ms < forMs; ms += everyMs) {
      recorder.event(pod, 'Warning', 'Unhealthy', 'Readiness probe failed')
      said++
      await clock.advance(everyMs)
      const [event] = client.all(Events)
      if (event !== undefined && !writes.has(event.metadata.resourceVersion)) writes.set(event.metadata.resourceVersion, `${String(event.count)} of ${String(said)}`)
    }
  }
  await say(10_000, 120_000)
  const early = writes.size
  expect(early).toBeGreaterThanOrEqual(5)
  await say(10_000, 7_200_000)
  // Two hours: every six minutes.
  expect(writes.size - early).toBeLessThanOrEqual(23)
  expect(writes.size - early).toBeGreaterThanOrEqual(19)
  for (const write of writes.values()) expect(write).toMatch(/^(\d+) of \1$/)
  await events.stop()
})
