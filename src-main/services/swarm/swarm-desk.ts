import type { Clock } from '../../common/clock.ts'
import type { Cluster, Stacks, SwarmDoctor, SwarmMembership } from '../../common/contract/index.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { Server } from '../../common/kube/server.ts'
import type { Informers } from '../../engine/client/informer.ts'
import type { EventRecorder } from '../../engine/client/recorder.ts'
import type { HelperImage } from '../../hosts/helper-image.ts'
import type { LoginStore } from '../../swarm/cluster/registry-logins.ts'
import { RegistryLogins } from '../../swarm/cluster/registry-logins.ts'
import { SwarmCluster } from '../../swarm/cluster/swarm-cluster.ts'
import { Doctor } from '../../swarm/doctor/doctor.ts'
import { HelperImages } from '../../swarm/doctor/helper-images.ts'
import { SwarmExtras } from '../../swarm/extras/extras.ts'
import { Membership } from '../../swarm/setup/membership.ts'
import type { UnlockKeys } from '../../swarm/setup/unlock-keys.ts'
import { SwarmState } from '../../swarm/state/swarm-state.ts'
import { eventsOf, imagesOf, pictureOf } from './extras-wire.ts'
import { SwarmServers } from './known-servers.ts'
import type { ServerReach } from './known-servers.ts'
import { ComposeStacks } from './stack-texts.ts'
import { StacksService } from './stacks-service.ts'

export interface SwarmOptions {
  readonly informers: Informers
  readonly clock: Clock
  /** Opens the way to one of the desk's servers; never throws for what may be mended. */
  open(server: Frozen<Server>): ServerReach
  readonly logins: LoginStore
  readonly unlockKeys: UnlockKeys
  /** With what the doctor looks at servers from inside: the nodes' own helper. */
  readonly helper: HelperImage
  /** What the screens call it, and Toque's version. */
  readonly name: string
  readonly version: string
  /** Where what the extras say is told besides: the engine's own Events. Nowhere without it. */
  readonly recorder?: EventRecorder
  /** Hears of what went wrong in the background and is tried again. */
  readonly onError: (error: unknown) => void
}

/** What there is while a swarm is followed. */
interface Followed {
  readonly servers: SwarmServers
  readonly state: SwarmState
  readonly logins: RegistryLogins
  readonly cluster: Cluster
  readonly stacks: Stacks
  readonly extras: SwarmExtras
  readonly membership: Membership
  readonly doctor: Doctor
}

/**
 * The swarm that the desk's servers belong to. It is followed from the first time that somebody asks for it, and from then on in either mode: what its services'
 * labels ask for (scaling, rebalancing, schedules) goes on whichever cluster the screens show. A desk that never chose Swarm opens nothing.
 */
export class SwarmDesk {
  readonly #o: SwarmOptions
  #followed: Followed | undefined

  constructor(options: SwarmOptions) {
    this.#o = options
  }

  get cluster(): Cluster {
    return this.#follow().cluster
  }

  get stacks(): Stacks {
    return this.#follow().stacks
  }

  get membership(): SwarmMembership {
    return this.#follow().membership
  }

  get doctor(): SwarmDoctor {
    return this.#follow().doctor
  }

  /** A person has connected to a server again: what nobody could answer before is known now. */
  reopen(server: string): void {
    this.#followed?.servers.reopen(server)
  }

  get state(): SwarmState {
    return this.#follow().state
  }

  get servers(): SwarmServers {
    return this.#follow().servers
  }

  get logins(): RegistryLogins {
    return this.#follow().logins
  }

  async stop(): Promise<void> {
    const followed = this.#followed
    this.#followed = undefined
    await followed?.extras.stop()
    await followed?.state.stop()
    await followed?.servers.close()
  }

  #follow(): Followed {
    return (this.#followed ??= this.#begin())
  }

  #begin(): Followed {
    const { informers, clock, open, name, version, onError } = this.#o
    const servers = new SwarmServers(informers, open)
    const state = new SwarmState({ servers, clock })
    const logins = new RegistryLogins(this.#o.logins)
    const texts = new ComposeStacks(state, logins, clock)
    const cluster = new SwarmCluster({ state, clock, logins, stacks: texts, name, version, capabilities: ['stacks', 'swarmMembership', 'swarmDoctor'] })
    const extras = new SwarmExtras({
      picture: pictureOf(state), manager: () => state.managerHost.docker, dockerOf: (node) => state.hostOf(node)?.docker,
      sink: eventsOf(state, clock, this.#o.recorder), board: state, images: imagesOf(state, logins), clock, onError,
    })
    extras.start()
    const known = { servers: () => servers.list(), clock }
    const membership = new Membership({ ...known, keys: this.#o.unlockKeys, onServers: (listener) => servers.onChange(listener), onChanged: () => void state.membersChanged() })
    const doctor = new Doctor({ ...known, helpers: new HelperImages(this.#o.helper), random: Math.random })
    return { servers, state, logins, cluster, stacks: new StacksService(state, texts, clock), extras, membership, doctor }
  }
}
