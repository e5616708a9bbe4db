import type { Clock } from '../../common/clock.ts'
import type { Node } from '../../common/kube/generated/core-v1.ts'
import { HOSTNAME } from '../../common/kube/well-known.ts'
import { Nodes } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { Client } from '../../engine/client/client.ts'
import type { Informers } from '../../engine/client/informer.ts'
import type { Host } from '../../hosts/host.ts'
import type { RegistryLogins } from '../../swarm/cluster/registry-logins.ts'
import type { KnownServers } from '../../swarm/state/members.ts'
import type { SwarmState } from '../../swarm/state/swarm-state.ts'
import type { ManifestApi } from '../manifests/manifest-api.ts'
import type { SharedServer } from './parts-of-app.ts'

/** What moves stand on: both clusters. */
export interface MoveParts {
  readonly client: Client
  readonly informers: Informers
  readonly clock: Clock
  readonly manifests: ManifestApi
  /** The swarm of the desk's servers; it is followed from the first time it is asked for. */
  swarm(): { readonly state: SwarmState; readonly servers: KnownServers; readonly logins: Pick<RegistryLogins, 'for'> }
  /** Resolves when the kernels of all servers that answer have rules of these Services (`namespace/name`) at these revisions or later, and lead connections to these addresses. */
  rulesHave(services: ReadonlyMap<string, string>, addresses: readonly string[], signal: AbortSignal): Promise<void>
}

/** One side of a move. Each is done again without harm where it was done, or half done, before. */
export interface Side {
  /** All that the app is there, at rest. */
  make(tell: Tell, signal: AbortSignal): Promise<void>
  /** What this move has made there goes. What was there before it stays, at rest; so does every volume. */
  unmake(tell: Tell, signal: AbortSignal): Promise<void>
  /** Resolves when they are ready. */
  start(parts: readonly string[], tell: Tell, signal: AbortSignal): Promise<void>
  /** Resolves when none of their containers runs any more, and nobody uses their volumes. */
  stop(parts: readonly string[], tell: Tell, signal: AbortSignal): Promise<void>
}

type Tell = (message: string) => void

/** How long something may take to come up (an image may have to be pulled), and to end. */
export const READY_MS = 600_000
export const ENDED_MS = 180_000

/** The cluster's servers, and what they are in the swarm. */
export function sharedServers({ informers, swarm }: MoveParts): SharedServer[] {
  const { state, servers } = swarm()
  return informers.for(Nodes).lister.list().map((node) => {
    const { name } = node.metadata
    const host = servers.list().find((member) => member.name === name)?.host
    const member = host === undefined ? undefined : state.now.nodes.find(({ ID }) => state.hostOf(ID) === host)
    return { node: name, hostname: node.metadata.labels?.[HOSTNAME] ?? name, addresses: addressesOf(node), swarm: member === undefined ? undefined : { id: member.ID, hostname: member.Description.Hostname } }
  })
}

function addressesOf({ status }: Frozen<Node>): string[] {
  return [...new Set((status?.addresses ?? []).filter(({ type, address }) => (type === 'InternalIP' || type === 'ExternalIP') && !address.includes(':')).map(({ address }) => address))]
}

/** The way to a server's Docker, by its node's name. */
export function hostOf({ swarm }: MoveParts, node: string): Host | undefined {
  return swarm().servers.list().find(({ name }) => name === node)?.host
}

/** Does something there take connections? Whatever fails is a no. */
export async function listens(host: Host, address: string, port: number, signal: AbortSignal): Promise<boolean> {
  try {
    const connection = await host.dial(address, port, AbortSignal.any([signal, AbortSignal.timeout(2_000)]))
    connection.on('error', () => undefined)
    connection.destroy()
    return true
  } catch {
    return false
  }
}
