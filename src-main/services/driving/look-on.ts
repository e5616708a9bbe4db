import type { Clock } from '../../common/clock.ts'
import { sleep } from '../../common/clock.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { Server } from '../../common/kube/server.ts'
import { followCopy } from '../../engine/copies/follow.ts'
import { restore } from '../../engine/copies/restore.ts'
import type { Store } from '../../engine/store/store.ts'
import type { Host } from '../../hosts/host.ts'
import { newestCopy, survey } from './survey.ts'

export interface LookOnOptions {
  store: Store
  clock: Clock
  clusterId: string
  recoveryKey: string
  servers(): readonly Frozen<Server>[]
  open(server: Frozen<Server>): Host
  /** The server whose copy is shown now; undefined: none answers. */
  onSource(server: string | undefined): void
  /** The state has changed. */
  onState(): void
  onError(error: unknown): void
}

const AGAIN_MS = 5_000
/** In the journal. */
const AUTHOR = { user: 'copy', action: 'follow' }

/** Keeps a desk's state as the newest copy on the servers has it, live, changing nothing on them, until it is aborted. */
export async function lookOn(options: LookOnOptions, signal: AbortSignal): Promise<void> {
  const { store, clock, clusterId, recoveryKey, onSource, onError } = options
  while (!signal.aborted) {
    const surveyed = await survey(options.servers(), clusterId, (server) => options.open(server), clock)
    try {
      const source = newestCopy(surveyed)
      if (source !== undefined && !signal.aborted) {
        onSource(source.name)
        await followCopy(source.host.docker, clusterId, recoveryKey, {
          whole: async (copy) => {
            await restore(store, copy, AUTHOR)
            options.onState()
          },
          added: async ({ revision, changes }) => {
            const writes = changes.map(([key, value]) => (value === null ? { type: 'delete' as const, key } : { type: 'put' as const, key, value }))
            await store.commit(writes, AUTHOR, { above: revision - 1 })
            options.onState()
          },
        }, signal)
      }
    } catch (error) {
      if (!signal.aborted) onError(error)
    } finally {
      await Promise.all(surveyed.map(({ host }) => host.close()))
    }
    if (signal.aborted) return
    onSource(undefined)
    await sleep(clock, AGAIN_MS, signal).catch(() => undefined)
  }
}
