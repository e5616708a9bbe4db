import type { Clock } from '../../common/clock.ts'
import { followDockerEvents } from '../../hosts/docker-events.ts'
import type { Host } from '../../hosts/host.ts'
import type { DeskServer } from './swarm-server.ts'

/** Whose events are followed. */
export interface NodeEventsOptions {
  servers(): readonly Pick<DeskServer, 'host'>[]
  /** Tells when the list of servers differs. Returns a function that ends it. */
  onServers?(listener: () => void): () => void
  clock: Clock
}

/** Rings at each event about a swarm's nodes, at each server that comes, goes or is silent, until the signal is aborted; then it resolves. */
export async function followNodeEvents({ servers, onServers, clock }: NodeEventsOptions, ring: () => void, signal: AbortSignal): Promise<void> {
  const followed = new Map<Host, { over: AbortController; run: Promise<void> }>()
  const follow = (): void => {
    const hosts = new Set(servers().map(({ host }) => host))
    for (const [host, { over }] of followed) {
      if (hosts.has(host)) continue
      followed.delete(host)
      over.abort()
    }
    for (const host of hosts) {
      if (followed.has(host)) continue
      const over = new AbortController()
      followed.set(host, { over, run: followDockerEvents(host.docker, { type: ['node'] }, { onConnected: ring, onEvent: ring, onDisconnected: ring }, clock, AbortSignal.any([signal, over.signal])) })
    }
  }
  const letGo = onServers?.(() => {
    follow()
    ring()
  })
  follow()
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  letGo?.()
  await Promise.all([...followed.values()].map(({ run }) => run))
}
