import { expect, test } from 'vitest'
import { FakeClock } from '../../common/fake-clock.ts'
import { Pods } from '../../common/kube/kinds.ts'
import type { Host } from '../../hosts/host.ts'
import { SharedInformers } from '../client/informers.ts'
import { MemoryClient } from '../client/testing/memory-client.ts'
import { startMetrics } from './start-metrics.ts'

const SECOND = 1000

test('rounds come every 10 s, as often as the most eager wants while somebody does, and then every 10 s again; the record goes on when the pod is gone', async () => {
  const clock = new FakeClock()
  const client = new MemoryClient(clock)
  const informers = new SharedInformers({ client, clock, onError: () => undefined })
  const pod = await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec: { nodeName: 'n', containers: [{ name: 'app', image: 'i' }] } })
  await client.updateStatus(Pods, { ...pod, status: { containerStatuses: [{ name: 'app', image: 'i', imageID: '', ready: true, restartCount: 0, containerID: 'docker://abc', state: { running: {} } }] } })
  const metrics = startMetrics({ informers, clock })
  await informers.synced()
  let rounds = 0
  const begin = clock.now()
  const host = { docker: { info: () => Promise.resolve({ CgroupVersion: '2', CgroupDriver: 'cgroupfs' }) } } as unknown as Host
  metrics.addNode({ name: 'n', host, readFiles: () => {
    rounds++
    // A quarter of a core all the time.
    const usec = (clock.now() - begin) * 250
    return Promise.resolve(`/host/cgroup/cpu.stat:usage_usec ${String(usec)}\n/proc/meminfo:MemTotal: 100 kB\n/proc/meminfo:MemAvailable: 40 kB\n/host/cgroup/docker/abc/cpu.stat:usage_usec ${String(usec)}\n/host/cgroup/docker/abc/memory.current:5000`)
  } })
  const during = async (seconds: number): Promise<number> => {
    const before = rounds
    await clock.advance(seconds * SECOND)
    return rounds - before
  }
  await during(20)
  expect(await during(60)).toBe(6)
  const endSlow = metrics.subscribe(() => undefined)
  const endFast = metrics.subscribe(() => undefined, SECOND)
  await during(10)
  expect(await during(60)).toBe(60)
  endFast()
  await during(10)
  expect(await during(60)).toBe(30)
  endSlow()
  await during(10)
  expect(await during(60)).toBe(6)
  expect(metrics.recent(pod.metadata.uid).at(-1)).toMatchObject({ windowMs: 10 * SECOND, cpuMilli: 250, memoryBytes: 5000 })
  const all = metrics.history(pod.metadata.uid)
  expect(all.every(({ time }, i) => i === 0 || time > (all[i - 1]?.time ?? 0))).toBe(true)
  await client.delete(Pods, 'default', 'p', { gracePeriodSeconds: 0 })
  await clock.advance(10)
  expect(metrics.recent(pod.metadata.uid)).toEqual([])
  const [recorded] = metrics.recorded({ kind: 'Pod', namespace: 'default', name: 'p' })
  expect(recorded).toMatchObject({ name: 'p', endedAt: expect.any(Number) as number })
  expect(recorded?.containers['app']?.hour.at(-1)?.cpuMilli).toBeCloseTo(250)
  await metrics.stop()
  await informers.stop()
})
