import type Docker from 'dockerode'
import type { Host } from '../../hosts/host.ts'

type Callback = (error: unknown, result?: unknown) => void
interface Request { method: string }
interface Modem { dial(request: Request, callback: Callback): void }

/** Says when a node may be changed. */
export interface Permission {
  held(): boolean
  /** Resolves when it may; rejects after a while with what a caller takes for a Docker that is away. */
  whenHeld(): Promise<void>
  /** A change is under way, and has ended. */
  began(): void
  ended(): void
}

const READS = new Set(['GET', 'HEAD'])

/**
 * The same Docker, that changes nothing without permission. Docker's API has no conditional write: so it is here, at the last step before
 * the wire, that an engine whose time is over is kept from writing.
 */
export function guardWrites(docker: Docker, permission: Permission): Docker {
  const modem = docker.modem as Modem
  const change = (request: Request, callback: Callback): void => {
    permission.began()
    modem.dial(request, (error, result) => {
      permission.ended()
      callback(error, result)
    })
  }
  const dial = (request: Request, callback: Callback): void => {
    if (READS.has(request.method)) modem.dial(request, callback)
    else if (permission.held()) change(request, callback)
    else permission.whenHeld().then(() => change(request, callback), callback)
  }
  const guarded: unknown = Object.create(modem, { dial: { value: dial } })
  return Object.create(docker, { modem: { value: guarded } }) as Docker
}

/** The same server, whose Docker changes nothing without permission; further connections to it neither. */
export function guardHost(host: Host, permission: Permission): Host {
  return {
    description: host.description, docker: guardWrites(host.docker, permission), dial: (...to) => host.dial(...to), close: () => host.close(),
    another: () => guardHost(host.another(), permission),
  }
}
