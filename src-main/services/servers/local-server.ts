import { hostname } from 'node:os'
import type { Clock } from '../../common/clock.ts'
import type { EngineState } from '../../common/contract/index.ts'
import { Nodes } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { Servers } from '../../common/kube/server.ts'
import type { Server, ServerStatus } from '../../common/kube/server.ts'
import { LiveValue } from '../../common/rpc/live-value.ts'
import type { Client } from '../../engine/client/client.ts'
import type { OpenedServer } from '../../engine/nodes/server-manager.ts'
import { absentHost } from '../../hosts/absent-host.ts'
import { openLocalHost } from '../../hosts/local-host.ts'
import { machinePlace } from '../../hosts/machine-networks.ts'
import type { Host } from '../../hosts/host.ts'
import { DockerWatch } from '../docker-watch.ts'
import { nodeNameOf } from './node-name.ts'

/** On a server that is a desk's own machine: which. */
const MACHINE_ANNOTATION = 'toque.dev/machine'
const DOCKER_PATIENCE_MS = 2_000

export interface LocalServerOptions {
  socketPath: string
  /** Its address to others; undefined: this machine's first. */
  address: string | undefined
  /** Where the engine's API listens on 127.0.0.1. */
  apiPort: number
  /** Identifies this machine: another desk's is not here. */
  machine: string
  clock: Clock
}

/** The machine that the engine runs on, as a server: by its own Docker. */
export class LocalServer {
  /** How its Docker is; `connected` while it is no server, for then nobody needs it. */
  readonly docker = new LiveValue<EngineState['docker']>({ state: 'connected' })
  readonly #o: LocalServerOptions
  #watch: DockerWatch | undefined

  constructor(options: LocalServerOptions) {
    this.#o = options
  }

  /** Makes it the first server of a cluster that has none. */
  async join(client: Client): Promise<void> {
    if ((await client.list(Servers)).items.length > 0) return
    const host = this.#host()
    const [node] = (await client.list(Nodes)).items
    const name = node?.metadata.name ?? await this.#name(host)
    await host.close()
    await client.create(Servers, { apiVersion: 'toque.dev/v1', kind: 'Server', metadata: { name, annotations: { [MACHINE_ANNOTATION]: this.#o.machine } }, spec: { local: true } })
  }

  /** To look only: nothing is kept of it. */
  look(server: Frozen<Server>): Host {
    return this.#isElsewhere(server) ? absentHost(server.metadata.name, elsewhere(server)) : this.#host()
  }

  /** As `look`, with how to ask where the server is among networks. */
  reach(server: Frozen<Server>): { host: Host; place(): Promise<ReturnType<typeof machinePlace>> } {
    if (this.#isElsewhere(server)) return { host: this.look(server), place: () => Promise.reject(new Error(elsewhere(server))) }
    return { host: this.#host(), place: () => {
      const place = machinePlace(this.#o.address)
      // One that was given by hand is its own, whether an interface has it or what is in front of the machine.
      const isKnown = place.networks.some((cidr) => cidr.startsWith(`${place.address}/`))
      return Promise.resolve(isKnown ? place : { ...place, networks: [`${place.address}/32`, ...place.networks] })
    } }
  }

  open(server: Frozen<Server>): OpenedServer {
    if (this.#isElsewhere(server)) return absentServer(server)
    const opened = this.#host()
    this.docker.set({ state: 'connecting' })
    this.#watch = new DockerWatch(() => opened.docker.ping(), this.#o.clock, (docker) => this.docker.set(docker))
    const host: Host = { ...opened, close: async () => {
      this.stop()
      await opened.close()
    } }
    const status = new LiveValue<ServerStatus>({ phase: 'Connecting' })
    const follow = (): void => status.set(statusOf(this.docker.get()))
    this.docker.onChange(follow)
    follow()
    return { host, remote: false, apiWay: new LiveValue({ port: this.#o.apiPort, local: true }), place: () => Promise.resolve(machinePlace(this.#o.address)), states: () => status.stream() }
  }

  /** No server any more, or never one: its Docker is nobody's concern. */
  stop(): void {
    this.#watch?.stop()
    this.docker.set({ state: 'connected' })
  }

  #isElsewhere({ metadata }: Frozen<Server>): boolean {
    const machine = metadata.annotations?.[MACHINE_ANNOTATION]
    return machine !== undefined && machine !== this.#o.machine
  }

  #host(): Host {
    return openLocalHost({ socketPath: this.#o.socketPath })
  }

  /** Named after Docker's machine, or this one while Docker is away. */
  async #name(host: Host): Promise<string> {
    const name = await new Promise<string>((resolve) => {
      const impatience = this.#o.clock.setTimeout(() => resolve(hostname()), DOCKER_PATIENCE_MS)
      host.docker.info().then((info: { Name?: string }) => resolve(info.Name ?? hostname()), () => resolve(hostname())).finally(() => impatience.cancel())
    })
    return nodeNameOf(name, 'node')
  }
}

/** The machine of the desk that drove the cluster before. */
function absentServer(server: Frozen<Server>): OpenedServer {
  const message = elsewhere(server)
  const status = new LiveValue<ServerStatus>({ phase: 'Unreachable', reason: 'elsewhere', message, retries: false })
  return { host: absentHost(server.metadata.name, message), remote: true, apiWay: new LiveValue({ port: 0 }), place: () => Promise.reject(new Error(message)), states: () => status.stream() }
}

function elsewhere({ metadata: { name } }: Frozen<Server>): string {
  return `${name} is the machine of another desk, and there is no way to it from here. Add it by its address, or remove it.`
}

function statusOf({ state, message = '' }: EngineState['docker']): ServerStatus {
  switch (state) {
    case 'connecting': return { phase: 'Connecting' }
    case 'connected': return { phase: 'Connected' }
    case 'unreachable': return { phase: 'Unreachable', reason: 'docker', message, retries: true }
  }
}
