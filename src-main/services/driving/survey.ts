import type { Clock } from '../../common/clock.ts'
import { messageOf } from '../../common/errors.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { Server } from '../../common/kube/server.ts'
import { lookAt } from '../../engine/lease/look.ts'
import { isNewer } from '../../engine/lease/term.ts'
import type { Found } from '../../engine/lease/term.ts'
import type { Host } from '../../hosts/host.ts'

/** A server, and what it says about who drives. */
export interface Surveyed {
  readonly name: string
  readonly host: Host
  /** Undefined: it does not answer; `problem` says why. */
  readonly found?: Found
  readonly problem?: string
}

/** How long one server may take to answer, ms. */
const PATIENCE_MS = 8_000

/** Asks all servers at once; every host is left open, for the caller to close. */
export function survey(servers: readonly Frozen<Server>[], clusterId: string, open: (server: Frozen<Server>) => Host, clock: Clock): Promise<Surveyed[]> {
  return Promise.all(servers.map(async (server): Promise<Surveyed> => {
    const { name } = server.metadata
    const host = open(server)
    try {
      return { name, host, found: await inTime(lookAt(host.docker, clusterId), clock) ?? {} }
    } catch (error) {
      return { name, host, problem: messageOf(error) }
    }
  }))
}

/** Of the servers that answered, the one with the newest copy. */
export function newestCopy<T extends Pick<Surveyed, 'found'>>(surveyed: readonly T[]): T | undefined {
  let best: T | undefined
  for (const server of surveyed) {
    if (server.found?.copy !== undefined && (best?.found?.copy === undefined || isNewer(server.found.copy, best.found.copy))) best = server
  }
  return best
}

/** The last term that any server knows, and how long ago its holder was seen by one of them, ms. */
export function latestTerm(surveyed: readonly Pick<Surveyed, 'found'>[]): Pick<Found, 'term' | 'seenAgoMs'> {
  let latest: Pick<Found, 'term' | 'seenAgoMs'> = {}
  for (const { found } of surveyed) {
    if (found?.term === undefined) continue
    const later = latest.term === undefined || found.term.epoch > latest.term.epoch
    const sooner = found.term.epoch === latest.term?.epoch && (found.seenAgoMs ?? Infinity) < (latest.seenAgoMs ?? Infinity)
    if (later || sooner) latest = found
  }
  return latest
}

function inTime<T>(work: Promise<T>, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = clock.setTimeout(() => reject(new Error('It does not answer.')), PATIENCE_MS)
    work.then(resolve, reject).finally(() => late.cancel())
  })
}
