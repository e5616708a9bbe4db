import type { ContainerSession } from '../../common/kube/node-access.ts'
import type { ContainerSpec } from './container-spec.ts'
import type { ImageStore } from './image-store.ts'

export type { ContainerResources, ContainerRole, ContainerSecurity, ContainerSpec, Mount, SandboxNetwork } from './container-spec.ts'
export { PullError } from './image-store.ts'
export type { ImageStore, NodeImage, PullOptions, RegistryAuth, TransferProgress } from './image-store.ts'

/** A container as a listing shows it. */
export interface ListedContainer {
  id: string
  name: string
  labels: Record<string, string>
  state: ContainerState
}

/** `restarting`: it died and the runtime itself will start it again. `removing`: wait for the event that it is gone. */
export type ContainerState = 'created' | 'running' | 'restarting' | 'exited' | 'removing'

/** A container's state, all there is to know. Times are milliseconds since the epoch on the node's clock; absent: never. */
export interface ObservedContainer extends ListedContainer {
  startedAt?: number
  finishedAt?: number
  /** `finishedAt` with all its digits; of the last run that has ended, also while another one runs. */
  finishedAtExact?: string
  exitCode?: number
  oomKilled: boolean
  /** Why it could not start. */
  error: string
  imageId: string
  /** Restarts by the runtime itself since somebody else last started it. */
  runtimeRestarts: number
  /** The sandbox it joins: a name or an ID, as it was made. */
  joins?: string
  /** A sandbox's fixed address. */
  address?: string
}

/** What a runtime tells about its containers, in milliseconds. */
export interface RuntimeEvent {
  /** `kill`: it was sent SIGKILL; its `die` follows once its output is read and its process is reaped, some 20 ms later on Docker. */
  type: 'start' | 'kill' | 'die' | 'oom' | 'destroy' | 'pause'
  id: string
  labels: Record<string, string>
  /** Milliseconds since the epoch, node's clock. */
  time: number
  /** die only. */
  exitCode?: number
  /** die only: somebody told the runtime to kill or stop it, so the runtime does not restart it, whatever its policy. Absent: not known. */
  killed?: true
}

export interface RuntimeEventHandler {
  onConnected(): void
  onEvent(event: RuntimeEvent): void
  onDisconnected(error: unknown): void
}

/** A container of this name is there already. */
export class AlreadyThereError extends Error {
  override readonly name = 'AlreadyThereError'
}

/** There is no such container (any more). */
export class GoneError extends Error {
  override readonly name = 'GoneError'
}

/** The container is being removed: an event says when it is gone. */
export class RemovingError extends Error {
  override readonly name = 'RemovingError'
}

/**
 * What a node agent needs of containers. It sees only containers of its own cluster. Every method fails with DockerUnreachableError when
 * the node's runtime does not answer.
 */
export interface ContainerRuntime {
  list(): Promise<ListedContainer[]>
  /** Undefined when it is gone. */
  inspect(id: string): Promise<ObservedContainer | undefined>
  /** Resolves with the ID. Makes missing volumes. Fails with AlreadyThereError, or an Error whose message is the runtime's. */
  create(spec: ContainerSpec): Promise<string>
  /** Does nothing to a container that runs or that the runtime is about to restart. Fails with GoneError, RemovingError, or an Error whose message is the runtime's. */
  start(id: string): Promise<void>
  /** Sends the image's stop signal, and SIGKILL after `graceSeconds`; resolves when it has ended. Also keeps the runtime from restarting it. */
  stop(id: string, graceSeconds: number): Promise<void>
  /** Kills and removes; resolves when it is gone (also when it was). */
  remove(id: string): Promise<void>
  /** Events until the signal is aborted; reconnects by itself. */
  follow(handler: RuntimeEventHandler, signal: AbortSignal): Promise<void>
}

/** Bytes in and out of containers. */
export interface ContainerStreams {
  /** Unpacks a tar archive at the container's root. */
  unpack(id: string, tar: Buffer): Promise<void>
  /** The target of a symbolic link; undefined when there is none. */
  readLink(id: string, path: string): Promise<string | undefined>
  /** Owner and mode (the lower 12 bits) of a file or folder, and what is written in a symbolic link; undefined when there is none. */
  stat(id: string, path: string): Promise<{ uid: number; gid: number; mode: number; link?: string } | undefined>
  /** The last `limit` bytes of a file, and when it was last changed (node's clock, whole seconds); works on containers that have ended. */
  readFile(id: string, path: string, limit: number): Promise<{ content: Uint8Array; modifiedAt: number }>
  exec(id: string, options: { command: string[]; stdin: boolean; tty: boolean }): Promise<ContainerSession>
  attach(id: string, options: { stdin: boolean; tty: boolean }): Promise<ContainerSession>
  /** Log bytes between two times (RFC 3339 or absent). */
  logs(id: string, options: LogRange, signal: AbortSignal): AsyncIterable<Uint8Array>
}

/** Which part of a container's log. */
export interface LogRange {
  follow: boolean
  timestamps: boolean
  tailLines?: number
  since?: string
  until?: string
}

/** The node around the containers. */
export interface NodeInfo {
  hostname: string
  architecture: string
  operatingSystem: string
  osImage: string
  kernelVersion: string
  runtimeVersion: string
  machineId: string
  cpus: number
  memoryBytes: number
  /** Where the runtime keeps its data; volumes are under `volumes/<name>/_data`. */
  rootDir: string
}

/** A node's own things: its network for pods and the pods' volumes. */
export interface NodeResources {
  /** Fails when the runtime does not answer. Cheap. */
  ping(): Promise<void>
  info(): Promise<NodeInfo>
  /** CIDRs that are taken on the node by other networks. */
  takenNetworks(): Promise<string[]>
  /** The pod network as it stands, or undefined. */
  podNetwork(): Promise<PodNetwork | undefined>
  /** `mtu`: bytes; undefined: the runtime's default. */
  createPodNetwork(cidr: string, mtu?: number): Promise<PodNetwork>
  /** Volumes of this cluster, by pod. */
  volumes(): Promise<{ name: string; podUid: string }[]>
  /** Is there a volume of this name, whosever it is? */
  hasVolume(name: string): Promise<boolean>
  /** Makes a volume that is no pod's; one that is there stays as it is. */
  createVolume(name: string, labels: Record<string, string>): Promise<void>
  /** Removes a volume; fine when there is none. Fails while a container uses it. */
  removeVolume(name: string): Promise<void>
}

/** The bridge that pods hang on. */
export interface PodNetwork {
  name: string
  cidr: string
  gateway: string
  /** The bridge's interface on the node. */
  bridge: string
}

/** A node's runtime, whole. */
export interface NodeRuntime {
  containers: ContainerRuntime
  images: ImageStore
  streams: ContainerStreams
  resources: NodeResources
}
