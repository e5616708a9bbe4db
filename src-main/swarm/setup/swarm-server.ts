import type { Host } from '../../hosts/host.ts'

/** Where a server is among networks. */
export interface ServerPlace {
  /** Its address to others, as far as the desk knows. */
  address: string
  /** Its own addresses with their prefixes (`10.0.0.5/24`), without loopback and container bridges. */
  networks: string[]
  /** The largest packet on the interface of `address`, bytes. */
  mtu?: number | undefined
}

/** A server that this desk reaches, in a swarm or not. */
export interface DeskServer {
  /** The desk's name for it. */
  readonly name: string
  readonly host: Host
  /** Rejects where it cannot be asked. */
  place(): Promise<ServerPlace>
}
