import { expect, test } from 'vitest'
import { FakeClock, settle } from '../../common/fake-clock.ts'
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
