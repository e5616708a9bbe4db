import type Docker from 'dockerode'
import type { NodeSpec, ServiceSpec, SwarmFile, SwarmMembership, SwarmNetwork, SwarmNode, SwarmService, SwarmTask } from './types.ts'

/** Credentials for a registry, as Docker's `X-Registry-Auth` carries them. */
export interface RegistryAuth {
  username: string
  password: string
  serveraddress: string
}

/** What a manager's Docker is asked of its swarm. Thin: Docker's answers as they are, its errors too. */
export class SwarmApi {
  readonly #docker: Docker

  constructor(docker: Docker) {
    this.#docker = docker
  }

  async membership(): Promise<SwarmMembership> {
    const { Swarm } = await this.#docker.info() as { Swarm: SwarmMembership }
    return Swarm
  }

  services(): Promise<SwarmService[]> {
    return this.#docker.listServices({ status: true }) as unknown as Promise<SwarmService[]>
  }

  tasks(): Promise<SwarmTask[]> {
    return this.#docker.listTasks() as unknown as Promise<SwarmTask[]>
  }

  nodes(): Promise<SwarmNode[]> {
    return this.#docker.listNodes() as unknown as Promise<SwarmNode[]>
  }

  async networks(): Promise<SwarmNetwork[]> {
    return await this.#docker.listNetworks({ filters: { scope: ['swarm'] } }) as unknown as SwarmNetwork[]
  }

  secrets(): Promise<SwarmFile[]> {
    return this.#docker.listSecrets() as unknown as Promise<SwarmFile[]>
  }

  /** Without their data. */
  async configs(): Promise<SwarmFile[]> {
    const configs = await this.#docker.listConfigs() as unknown as SwarmFile[]
    return configs.map((config) => ({ ...config, Spec: { Name: config.Spec.Name, Labels: config.Spec.Labels ?? {} } }))
  }

  service(id: string): Promise<SwarmService> {
    return this.#docker.getService(id).inspect() as unknown as Promise<SwarmService>
  }

  node(id: string): Promise<SwarmNode> {
    return this.#docker.getNode(id).inspect() as unknown as Promise<SwarmNode>
  }

  /**
   * Writes a whole spec over the version that was read; Docker refuses it with "update out of sequence" when the service changed since. `auth` undefined: the
   * credentials that the service has stay. `rollback`: to the spec before this one; the given one is not looked at.
   */
  async updateService(id: string, version: number, spec: ServiceSpec, how: { auth?: RegistryAuth; rollback?: boolean } = {}): Promise<void> {
    const query = { version, ...(how.rollback === true ? { rollback: 'previous' } : {}), ...(how.auth === undefined ? { registryAuthFrom: 'spec' } : {}) }
    const update = this.#docker.getService(id).update.bind(this.#docker.getService(id)) as unknown as (auth: RegistryAuth | undefined, options: unknown) => Promise<unknown>
    await update(how.auth, { _query: query, _body: spec })
  }

  async removeService(id: string): Promise<void> {
    await this.#docker.getService(id).remove()
  }

  async updateNode(id: string, version: number, spec: NodeSpec): Promise<void> {
    const update = this.#docker.getNode(id).update.bind(this.#docker.getNode(id)) as unknown as (options: unknown) => Promise<unknown>
    await update({ _query: { version }, _body: spec })
  }

  async removeNode(id: string): Promise<void> {
    await this.#docker.getNode(id).remove({ force: false })
  }

  async removeNetwork(id: string): Promise<void> {
    await this.#docker.getNetwork(id).remove()
  }

  async removeSecret(id: string): Promise<void> {
    await this.#docker.getSecret(id).remove()
  }

  async removeConfig(id: string): Promise<void> {
    await this.#docker.getConfig(id).remove()
  }

  /** The registry's word on an image: its digest and the platforms it is for. Rejects with Docker's error where the manager cannot reach it. */
  distribution(image: string, auth?: RegistryAuth): Promise<{ Descriptor: { digest: string }; Platforms?: { architecture?: string; os?: string }[] }> {
    const call = this.#docker.getImage(image).distribution.bind(this.#docker.getImage(image)) as unknown as (options: unknown) => Promise<{ Descriptor: { digest: string }; Platforms?: { architecture?: string; os?: string }[] }>
    return call(auth === undefined ? {} : { authconfig: auth })
  }
}
