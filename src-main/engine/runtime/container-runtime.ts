import type { ContainerSession } from '../../common/kube/node-access.ts'

/** What a container is for. */
export type ContainerRole = 'sandbox' | 'app' | 'init' | 'ephemeral'

/** A mount of a container. `source` is a volume's name or a path on the node. */
export interface Mount {
  type: 'volume' | 'bind' | 'tmpfs'
  source: string
  target: string
  readOnly: boolean
  propagation?: 'rprivate' | 'rslave' | 'rshared'
  /** bind only: makes a missing directory. */
  create?: boolean
  /** bind only: it is a part of a pod's volume, whose root is at `root` on the node. Whose links are followed, and whose folders are made (only where the volume is `ours`), before it is mounted. */
  part?: { volume: string; root: string; path: string; ours: boolean }
  /** volume only: options of the local driver, when this mount makes the volume. */
  driverOptions?: Record<string, string>
  /** volume only: labels, when this mount makes the volume. */
  labels?: Record<string, string>
  /** volume only: fill a new volume from the image. */
  copy?: boolean
  /** tmpfs only. */
  sizeBytes?: number
}

/** Where a sandbox stands in the network. */
export type SandboxNetwork =
  | { type: 'host' }
  | {
      type: 'pod'
      network: string
      /** Its fixed IPv4 address. */
      address: string
      hostname: string
      domainname?: string
      dns: { servers: string[]; searches: string[]; options: string[] }
      ports: { containerPort: number; hostPort: number; hostIp: string; protocol: 'tcp' | 'udp' | 'sctp' }[]
    }

/** Limits; absent means none. */
export interface ContainerResources {
  /** Relative weight, 1024 a core. */
  cpuShares: number
  cpuLimitMilli?: number
  memoryLimitBytes?: number
  oomScoreAdj: number
}

export interface ContainerSecurity {
  /** `uid[:gid]` or a name from the image. */
  user?: string
  groups: string[]
  privileged: boolean
  readOnlyRoot: boolean
  capAdd: string[]
  capDrop: string[]
  /** Docker's `--security-opt` values. */
  options: string[]
}

/** What a container is made from. */
export interface ContainerSpec {
  /** Unique on the node; a second creation under the same name fails with `AlreadyThereError`. */
  name: string
  image: string
  labels: Record<string, string>
  /** Replaces the image's entrypoint. */
  entrypoint?: string[]
  command?: string[]
  env: string[]
  workingDir?: string
  stdin: boolean
  stdinOnce: boolean
  tty: boolean
  restart: 'unless-stopped' | 'on-failure' | 'no'
  /** The name of the sandbox whose network and IPC it joins; a sandbox has `network` instead. */
  sandbox?: string
  network?: SandboxNetwork
  pid?: 'own' | 'host' | 'sandbox'
  /** The name of a container whose processes it sees, in place of `pid`. */
  pidOf?: string
  ipcHost?: boolean
  sysctls?: Record<string, string>
  /** Which of the node's runtimes runs it; absent: the node's own choice. */
  handler?: string
  mounts: Mount[]
  resources: ContainerResources
  /** UUIDs of the GPUs that it sees, and no others. */
  gpus?: string[]
  security: ContainerSecurity
}

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

/** An image on the node. */
export interface NodeImage {
  id: string
  /** `name@sha256:...` where it came from a registry. */
  digests: string[]
  tags: string[]
  /** The user it runs as; '' is root. */
  user: string
  sizeBytes: number
}

/** Credentials for a registry. */
export interface RegistryAuth {
  username: string
  password: string
  serveraddress: string
}

/** Why a pull failed, in Kubernetes' words plus a sentence for people. */
export class PullError extends Error {
  override readonly name = 'PullError'
  readonly kind: 'notFound' | 'unauthorized' | 'unreachable' | 'diskFull' | 'invalidName' | 'other'
  constructor(cause: PullError['kind'], message: string) {
    super(message)
    this.kind = cause
  }
}

/** How far something that moves bytes has come. */
export interface TransferProgress {
  doneBytes: number
  /** As far as it is known yet. */
  totalBytes: number
}

export interface PullOptions {
  auth?: RegistryAuth
  onProgress?(progress: TransferProgress): void
  /** Gives it up. One pull that several ask for at the same time ends when all of them have. */
  signal?: AbortSignal
}

/** Images on a node. */
export interface ImageStore {
  /** Undefined when the node does not have it. */
  inspect(reference: string): Promise<NodeImage | undefined>
  /** Pulls; resolves with the image. Fails with PullError. */
  pull(reference: string, options?: PullOptions): Promise<NodeImage>
  list(): Promise<NodeImage[]>
  /** Calls `changed` once it listens, and whenever images come, go or change their names, until the signal is aborted. */
  follow(changed: () => void, signal: AbortSignal): Promise<void>
  /** Loads the sandbox image when it is missing; resolves with its reference. */
  ensureSandbox(): Promise<string>
  remove(id: string): Promise<void>
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
