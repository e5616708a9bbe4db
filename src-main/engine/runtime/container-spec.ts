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
