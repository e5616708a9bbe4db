import { PassThrough } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { systemClock } from '../../common/clock.ts'
import type { Host } from '../../hosts/host.ts'
import { followNodeEvents } from './node-events.ts'

/** A server whose Docker tells what is written into `events`; `signal` is of whoever listens. */
function aHost(): { host: Host; events: PassThrough; isFollowed(): boolean } {
  const events = new PassThrough()
  let signal: AbortSignal | undefined
  const docker = { getEvents: (options: { abortSignal: AbortSignal }) => {
    signal = options.abortSignal
    signal.addEventListener('abort', () => events.destroy(), { once: true })
    return Promise.resolve(events)
  } }
  return { host: { docker } as unknown as Host, events, isFollowed: () => signal?.aborted === false }
}

test('each server that is there is followed, one that comes as well, one that goes no longer; at the end nobody', async () => {
  const [a, b, c] = [aHost(), aHost(), aHost()]
  let servers = [a, b]
  let changed = (): void => undefined
  const letGo = vi.fn()
  const ring = vi.fn()
  const over = new AbortController()
  const followed = followNodeEvents({ servers: () => servers, clock: systemClock, onServers: (listener) => {
    changed = listener
    return letGo
  } }, ring, over.signal)
  await expect.poll(() => [a, b, c].map((host) => host.isFollowed())).toEqual([true, true, false])
  servers = [b, c]
  changed()
  await expect.poll(() => [a, b, c].map((host) => host.isFollowed())).toEqual([false, true, true])
  const before = ring.mock.calls.length
  c.events.write('{"Type":"node","Action":"create","Actor":{"ID":"x","Attributes":{}},"timeNano":0}\n')
  await expect.poll(() => ring.mock.calls.length).toBe(before + 1)
  over.abort()
  await followed
  expect([[a, b, c].map((host) => host.isFollowed()), letGo.mock.calls.length]).toEqual([[false, false, false], 1])
})
