import type Docker from 'dockerode'
import { sleep, systemClock, type Clock } from '../../common/clock.ts'
import type { Contents } from './contents.ts'
import type { FileSpec, NetworkSpec, ServiceSpec } from './specs.ts'
import type { Distribution, NodeSpec, RegistryAuth, SwarmFile, SwarmMembership, SwarmNetwork, SwarmNode, SwarmService, SwarmTask } from './types.ts'

const ALLOCATION_TRIES = 21
const ALLOCATION_PAUSE_MS = 100

type FileKind = 'secret' | 'config'
/** dockerode's types know less than its methods take. */
type Call = (...args: unknown[]) => Promise<unknown>

/**
 * What a manager's Docker is asked and told about its swarm. Thin: Docker's answers as they are, its errors too. Contents of secrets go into bodies only, never into
 * an address.
 */
export class SwarmApi {
  readonly #docker: Docker
  readonly #clock: Clock

  constructor(docker: Docker, clock: Clock = systemClock) {
    this.#docker = docker
    this.#clock = clock
  }

  async membership(): Promise<SwarmMembership> {
    const { Swarm } = await this.#docker.info() as { Swarm: SwarmMembership }
    return Swarm
  }

  /** `counted`: with how many tasks each has, which the manager has to count. */
  services({ counted = false } = {}): Promise<SwarmService[]> {
    return this.#docker.listServices(counted ? { status: true } : {}) as unknown as Promise<SwarmService[]>
  }

  /** Of one node, or all. */
  tasks(node?: string): Promise<SwarmTask[]> {
    return this.#docker.listTasks(node === undefined ? {} : { filters: JSON.stringify({ node: [node] }) }) as unknown as Promise<SwarmTask[]>
  }

  nodes(): Promise<SwarmNode[]> {
    return this.#docker.listNodes() as unknown as Promise<SwarmNode[]>
  }

  /** Those of the swarm. */
  networks(): Promise<SwarmNetwork[]> {
    return this.#docker.listNetworks({ filters: { scope: ['swarm'] } }) as unknown as Promise<SwarmNetwork[]>
  }

  /**
   * Those of the manager's own Docker, too: a service may be on its host's. Swarm answers a creation before it has allocated the network, and says neither its driver
   * nor its options and subnets until then: such a one is waited for, for two seconds at most.
   */
  async allNetworks(): Promise<SwarmNetwork[]> {
    for (let tries = 1; ; tries++) {
      const networks = await this.#docker.listNetworks() as unknown as SwarmNetwork[]
      if (tries === ALLOCATION_TRIES || networks.every(({ Driver }) => Driver !== '')) return networks
      await sleep(this.#clock, ALLOCATION_PAUSE_MS)
    }
  }

  /** Configs come with their data. */
  files(kind: FileKind): Promise<SwarmFile[]> {
    return (kind === 'secret' ? this.#docker.listSecrets() : this.#docker.listConfigs()) as unknown as Promise<SwarmFile[]>
  }

  service(id: string): Promise<SwarmService> {
    return this.#docker.getService(id).inspect() as unknown as Promise<SwarmService>
  }

  node(id: string): Promise<SwarmNode> {
    return this.#docker.getNode(id).inspect() as unknown as Promise<SwarmNode>
  }

  network(id: string): Promise<SwarmNetwork> {
    return this.#docker.getNetwork(id).inspect() as unknown as Promise<SwarmNetwork>
  }

  async createNetwork({ IPAM, ...spec }: NetworkSpec): Promise<void> {
    await this.#docker.createNetwork({ ...spec, CheckDuplicate: true, ...(IPAM === undefined ? {} : { IPAM }) } as Docker.NetworkCreateOptions)
  }

  async createFile(kind: FileKind, spec: FileSpec, contents: Contents | undefined): Promise<void> {
    const body = { _query: {}, _body: withData(spec, contents) }
    await (kind === 'secret' ? this.#docker.createSecret(body as never) : this.#docker.createConfig(body as never))
  }

  /** Only labels can change: other contents are refused, as is a version that is not the object's. */
  async updateFile(kind: FileKind, id: string, version: number, spec: FileSpec, contents: Contents | undefined): Promise<void> {
    const file = kind === 'secret' ? this.#docker.getSecret(id) : this.#docker.getConfig(id)
    await (file.update as unknown as Call).call(file, { _query: { version }, _body: withData(spec, contents) })
  }

  async createService(spec: ServiceSpec, auth: RegistryAuth | undefined): Promise<void> {
    await (this.#docker.createService as unknown as Call).call(this.#docker, auth, spec)
  }

  /**
   * Writes a whole spec over the version that was read; Docker refuses it with "update out of sequence" when the service changed since. `auth` undefined: the
   * credentials that the service has stay. `rollback`: to the spec before this one; the given one is not looked at.
   */
  async updateService(id: string, version: number, spec: ServiceSpec, { auth, rollback = false }: { auth?: RegistryAuth | undefined; rollback?: boolean } = {}): Promise<void> {
    const service = this.#docker.getService(id)
    const query = { version, ...(rollback ? { rollback: 'previous' } : {}), ...(auth === undefined ? { registryAuthFrom: 'spec' } : {}) }
    await (service.update as unknown as Call).call(service, auth, { _query: query, _body: spec })
  }

  async updateNode(id: string, version: number, spec: NodeSpec): Promise<void> {
    const node = this.#docker.getNode(id)
    await (node.update as unknown as Call).call(node, { _query: { version }, _body: spec })
  }

  async remove(kind: FileKind | 'service' | 'network', id: string): Promise<void> {
    switch (kind) {
      case 'service': return void await this.#docker.getService(id).remove()
      case 'network': return void await this.#docker.getNetwork(id).remove()
      case 'secret': return void await this.#docker.getSecret(id).remove()
      case 'config': return void await this.#docker.getConfig(id).remove()
    }
  }

  /** `force`: one that still counts as up, too. */
  async removeNode(id: string, force = false): Promise<void> {
    const node = this.#docker.getNode(id)
    await (node.remove as unknown as Call).call(node, { _query: { force } })
  }

  /** What the registry says of an image, asked by the manager. Rejects with Docker's error where it cannot reach it. */
  async distribution(image: string, auth?: RegistryAuth): Promise<Distribution> {
    const found = this.#docker.getImage(image)
    return await (found.distribution as unknown as Call).call(found, auth === undefined ? {} : { authconfig: auth }) as Distribution
  }

  /** Changes of services from now on; ends with the signal. */
  serviceEvents(signal: AbortSignal): Promise<AsyncIterable<Buffer> & { destroy(): void }> {
    return this.#docker.getEvents({ filters: JSON.stringify({ type: ['service'] }), abortSignal: signal }) as unknown as Promise<AsyncIterable<Buffer> & { destroy(): void }>
  }
}

function withData(spec: FileSpec, contents: Contents | undefined): unknown {
  return { ...spec, ...(contents === undefined ? {} : { Data: contents.base64 }) }
}
