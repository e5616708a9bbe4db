import { describe, expect, test } from 'vitest'
import type { Clock } from '../../../common/clock.ts'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { Probe } from '../../../common/kube/generated/core-v1.ts'
import { DockerUnreachableError } from '../../../hosts/host.ts'
import { Prober } from './prober.ts'

type Answer = 'ok' | 'refused' | 'unreachable'

/** A prober on a container whose port answers as told; hears what is told. */
function probed(probes: { startupProbe?: Probe; readinessProbe?: Probe; livenessProbe?: Probe }, answer: () => Answer, initial = { started: false, ready: false }): { clock: FakeClock; told: string[]; tries: () => number; prober: Prober } {
  const clock = new FakeClock()
  const told: string[] = []
  let tries = 0
  const prober = new Prober({
    container: { name: 'c', ...probes }, containerId: 'id', podIP: '10.0.0.2', clock, initial,
    tools: {
      dial: () => {
        tries++
        const now = answer()
        if (now === 'ok') return Promise.resolve({ destroy: () => undefined } as never)
        return Promise.reject(now === 'refused' ? Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) : new DockerUnreachableError('away'))
      },
      exec: () => Promise.reject(new Error('no exec')),
    },
    listener: { onStarted: () => told.push('started'), onReady: (ready) => told.push(ready ? 'ready' : 'unready'), onUnhealthy: () => told.push('unhealthy'), onFailure: () => undefined },
  })
  return { clock, told, tries: () => tries, prober }
}
const tcp: Probe = { tcpSocket: { port: 80 }, periodSeconds: 10, failureThreshold: 3 }

describe('readiness', () => {
  test('is asked at once, and soon again until it is there', async () => {
    let up: Answer = 'refused'
    const p = probed({ readinessProbe: tcp }, () => up)
    await p.clock.advance(0)
    expect(p.tries()).toBe(1)
    up = 'ok'
    await p.clock.advance(25)
    expect(p.told).toEqual(['ready'])
    await p.clock.advance(60_000)
    expect(p.tries()).toBe(2 + 6)
  })
  test('goes after the threshold of failures, and not by tries that reached nothing', async () => {
    let state: Answer = 'ok'
    const p = probed({ readinessProbe: tcp }, () => state)
    await p.clock.advance(0)
    state = 'unreachable'
    await p.clock.advance(100_000)
    expect(p.told).toEqual(['ready'])
    state = 'refused'
    await p.clock.advance(20_000)
    expect(p.told).toEqual(['ready'])
    await p.clock.advance(10_000)
    expect(p.told).toEqual(['ready', 'unready'])
  })
  test('stays as it was over an engine restart', async () => {
    const p = probed({ readinessProbe: tcp }, () => 'refused', { started: true, ready: true })
    await p.clock.advance(15_000)
    expect(p.told).toEqual([])
    await p.clock.advance(10_000)
    expect(p.told).toEqual(['unready'])
  })
})

test('liveness fails after its threshold, once, counting only tries a period apart', async () => {
  const p = probed({ livenessProbe: { ...tcp, initialDelaySeconds: 5 } }, () => 'refused')
  await p.clock.advance(24_999)
  expect(p.told).toEqual([])
  await p.clock.advance(1)
  expect(p.told).toEqual(['unhealthy'])
  await p.clock.advance(100_000)
  expect(p.told).toEqual(['unhealthy'])
})

test.each([['stood still', 3_000, []], ['ran', 0, ['unhealthy']]])('an answer that came after the timeout, while this process %s', async (_, standstillMs, told) => {
  const clock = new FakeClock()
  const heard: string[] = []
  // A timer fires late once, as all do where the event loop is held up; whatever else waits comes after it.
  let late = standstillMs
  const held: Clock = {
    now: () => clock.now(), monotonic: () => clock.monotonic(),
    setTimeout: (fn, ms) => {
      const wait = ms + (ms === 100 ? late : 0)
      if (ms === 100) late = 0
      return clock.setTimeout(fn, wait)
    },
  }
  new Prober({
    container: { name: 'c', livenessProbe: { ...tcp, failureThreshold: 1 } }, containerId: 'id', podIP: '10.0.0.2', clock: held, initial: { started: false, ready: false },
    tools: {
      dial: (_host, _port, signal) => new Promise((resolve, reject) => {
        clock.setTimeout(() => resolve({ destroy: () => undefined } as never), 2_000)
        signal?.addEventListener('abort', () => reject(new Error('too late')), { once: true })
      }),
      exec: () => Promise.reject(new Error('no exec')),
    },
    listener: { onStarted: () => undefined, onReady: () => undefined, onUnhealthy: () => heard.push('unhealthy'), onFailure: () => undefined },
  })
  await clock.advance(5_000)
  expect(heard).toEqual(told)
})

test('a gRPC check that reached nothing says nothing of the pod', async () => {
  let state: Answer = 'unreachable'
  const p = probed({ livenessProbe: { grpc: { port: 5000 }, periodSeconds: 10, failureThreshold: 1 } }, () => state)
  await p.clock.advance(100_000)
  expect(p.told).toEqual([])
  state = 'refused'
  await p.clock.advance(10_000)
  expect(p.told).toEqual(['unhealthy'])
})

test('startup holds the others back, and its quick tries do not count as failures', async () => {
  let state: Answer = 'refused'
  const p = probed({ startupProbe: tcp, livenessProbe: tcp, readinessProbe: tcp }, () => state)
  await p.clock.advance(19_000)
  expect(p.told).toEqual([])
  state = 'ok'
  await p.clock.advance(10_000)
  expect(p.told.slice(0, 2)).toEqual(['started', 'ready'])
})

test('nothing is told after stop', async () => {
  const p = probed({ readinessProbe: tcp }, () => 'ok')
  p.prober.stop()
  await p.clock.advance(60_000)
  expect([p.told, p.tries()]).toEqual([[], 0])
})
