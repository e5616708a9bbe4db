import type { Clock } from '../../common/clock.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { Server } from '../../common/kube/server.ts'
import type { Informers } from '../../engine/client/informer.ts'
import type { Host } from '../../hosts/host.ts'
import type { LoginStore } from '../../swarm/cluster/registry-logins.ts'
import { RegistryLogins } from '../../swarm/cluster/registry-logins.ts'
import type { StackTexts } from '../../swarm/cluster/swarm-cluster.ts'
import { SwarmCluster } from '../../swarm/cluster/swarm-cluster.ts'
import { SwarmState } from '../../swarm/state/swarm-state.ts'
import type { OpenCluster } from '../mode/mode-service.ts'
import { SwarmServers } from './known-servers.ts'

export interface SwarmOptions {
  readonly informers: Informers
  readonly clock: Clock
  /** Opens the way to one of the desk's servers; never throws for what may be mended. */
  open(server: Frozen<Server>): Host
  readonly logins: LoginStore
  /** The stacks' own part, for this swarm and these logins. */
  stacks(state: SwarmState, logins: RegistryLogins): StackTexts
  /** What the screens call it, and Toque's version. */
  readonly name: string
  readonly version: string
  /** As in `SwarmClusterParts`. */
  readonly capabilities: readonly string[]
}

/** Follows the swarm that the desk's servers belong to. */
export function openSwarm({ informers, clock, open, logins: store, stacks, name, version, capabilities }: SwarmOptions): OpenCluster {
  const servers = new SwarmServers(informers, open)
  const state = new SwarmState({ servers, clock })
  const logins = new RegistryLogins(store)
  return {
    cluster: new SwarmCluster({ state, clock, logins, stacks: stacks(state, logins), name, version, capabilities }),
    close: async () => {
      await state.stop()
      await servers.close()
    },
  }
}
