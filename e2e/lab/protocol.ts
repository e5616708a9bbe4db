import { join } from 'node:path'

/** What a keeper is told when it is started, as JSON in its first argument. */
export interface KeeperConfig {
  id: string
  /** First three octets of the lab's /24; without it a free one is chosen. */
  net?: string
  hosts: number
  /** Each server on a link of its own, with a router between them. */
  routed: boolean
  /** Flags for every server's dockerd. */
  dockerdArgs: readonly string[]
  /** The size of a disk of its own for every server's Docker; without it, it shares the machine's. */
  dockerDiskMiB?: number | undefined
  /** A folder with the registry's contents, or undefined for a lab without a registry. */
  images?: string
}

export type HostState = 'up' | 'off' | 'cut' | 'frozen'

/** One server, as `status` tells it. */
export interface HostStatus {
  host: number
  state: HostState
  address: string
  /** The server's PID 1 as seen from outside; 0 when it is off. */
  pid: number
}

/** One lab, as `status` tells it. */
export interface LabStatus {
  id: string
  /** First three octets. */
  net: string
  /** `ADDRESS:5000`, or undefined without images. */
  registry?: string
  hosts: HostStatus[]
  /** A process on the network between the servers, outside of all of them and of this machine's own. */
  switchPid: number
  /** Stays when its creator ends. */
  detached: boolean
}

/** What a keeper can be asked, one JSON line a request. Hosts count from 1. */
export type Request =
  | { do: 'status' }
  | { do: 'up'; hosts: number }
  | { do: 'kill' | 'start' | 'cut' | 'heal' | 'freeze' | 'thaw' | 'cutMachine' | 'healMachine'; host: number }
  | { do: 'detach' }
  | { do: 'down' }

/** Its answer, one JSON line. */
export type Reply = { ok: true; status: LabStatus } | { ok: false; error: string }

/** Files of a lab, under the folder of its ID. */
export function labFiles(dir: string): { socket: string; key: string } {
  return { socket: join(dir, 'keeper.sock'), key: join(dir, 'key') }
}

/** A server's folder. */
export function hostDir(dir: string, host: number): string {
  return join(dir, `h${host}`)
}
