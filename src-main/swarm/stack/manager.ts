import type Docker from 'dockerode'
import type { SwarmTask } from '../docker/types.ts'
import type { Contents } from './contents.ts'
import type { FileSpec, NetworkSpec, ServiceSpec } from './specs.ts'

/** Credentials for a registry, as Docker's API takes them. */
export interface RegistryAuth {
  username: string
  password: string
  serveraddress: string
}

interface Versioned {
  ID: string
  Version: { Index: number }
}

export type UpdateState = 'updating' | 'paused' | 'completed' | 'rollback_started' | 'rollback_paused' | 'rollback_completed'

/** Docker's own answers. `Spec` is as the manager keeps it: networks by their IDs. */
export interface ServiceObject extends Versioned {
  Spec: ServiceSpec
  UpdateStatus?: { State?: UpdateState | ''; Message?: string }
}

export interface FileObject extends Versioned {
  /** `Data`: base64; only a config's comes back. */
  Spec: FileSpec & { Data?: string }
  /** RFC 3339 with nanoseconds, in UTC: sorts as text. */
  CreatedAt: string
}

export interface NetworkObject extends Omit<NetworkSpec, 'IPAM'> {
  Id: string
  Scope: string
  IPAM?: { Driver?: string; Options?: Record<string, string> | null; Config?: { Subnet?: string; IPRange?: string; Gateway?: string; AuxAddress?: Record<string, string> }[] | null }
}

export interface Distribution {
  Descriptor: { digest: string }
  Platforms?: { architecture?: string; os?: string }[] | null
}

type Call = (...args: unknown[]) => Promise<unknown>
type FileKind = 'secret' | 'config'

/** What a manager's Docker is asked and told about stacks. Thin: Docker's answers and errors as they are. Contents of secrets go into bodies only, never into an address. */
export class Manager {
  readonly #docker: Docker

  constructor(docker: Docker) {
    this.#docker = docker
  }

  async isManager(): Promise<boolean> {
    const { Swarm } = await this.#docker.info() as { Swarm?: { ControlAvailable?: boolean } }
    return Swarm?.ControlAvailable === true
  }

  services(): Promise<ServiceObject[]> {
    return this.#docker.listServices() as unknown as Promise<ServiceObject[]>
  }

  tasks(): Promise<SwarmTask[]> {
    return this.#docker.listTasks() as unknown as Promise<SwarmTask[]>
  }

  service(id: string): Promise<ServiceObject> {
    return this.#docker.getService(id).inspect() as unknown as Promise<ServiceObject>
  }

  networks(): Promise<NetworkObject[]> {
    return this.#docker.listNetworks() as unknown as Promise<NetworkObject[]>
  }

  network(id: string): Promise<NetworkObject> {
    return this.#docker.getNetwork(id).inspect() as unknown as Promise<NetworkObject>
  }

  files(kind: FileKind): Promise<FileObject[]> {
    return (kind === 'secret' ? this.#docker.listSecrets() : this.#docker.listConfigs()) as unknown as Promise<FileObject[]>
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

  /** `auth` undefined: the service's credentials stay. */
  async updateService(id: string, version: number, spec: ServiceSpec, auth: RegistryAuth | undefined): Promise<void> {
    const service = this.#docker.getService(id)
    await (service.update as unknown as Call).call(service, auth, { _query: { version }, _body: spec })
  }

  async remove(kind: FileKind | 'service' | 'network', id: string): Promise<void> {
    switch (kind) {
      case 'service': return void await this.#docker.getService(id).remove()
      case 'network': return void await this.#docker.getNetwork(id).remove()
      case 'secret': return void await this.#docker.getSecret(id).remove()
      case 'config': return void await this.#docker.getConfig(id).remove()
    }
  }

  /** What the registry says of an image, asked by the manager. */
  async distribution(image: string, auth: RegistryAuth | undefined): Promise<Distribution> {
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
