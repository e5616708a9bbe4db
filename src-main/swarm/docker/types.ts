import type { Amounts, EndpointSpec, FileSpec, GenericResource, NetworkSpec, Platform, PortConfig, ServiceSpec, TaskSpec, Texts } from './specs.ts'

// What Docker's API says of a swarm: the fields that Toque reads, as Docker spells them. What such objects are made from is in `specs.ts`.

export interface SwarmMeta {
  ID: string
  Version: { Index: number }
  /** RFC 3339 with nanoseconds. */
  CreatedAt: string
  UpdatedAt: string
}

export interface SwarmService extends SwarmMeta {
  Spec: ServiceSpec
  PreviousSpec?: ServiceSpec
  Endpoint?: { Spec?: EndpointSpec; Ports?: PortConfig[]; VirtualIPs?: { NetworkID: string; Addr?: string }[] }
  UpdateStatus?: UpdateStatus
  /** Only where it was asked for with the list. */
  ServiceStatus?: { RunningTasks: number; DesiredTasks: number; CompletedTasks: number }
  JobStatus?: { JobIteration?: { Index: number }; LastExecution?: string }
}

export interface UpdateStatus {
  State?: 'updating' | 'paused' | 'completed' | 'rollback_started' | 'rollback_paused' | 'rollback_completed' | ''
  StartedAt?: string
  CompletedAt?: string
  Message?: string
}

export type TaskState =
  | 'new' | 'allocated' | 'pending' | 'assigned' | 'accepted' | 'preparing' | 'ready' | 'starting' | 'running' | 'complete' | 'shutdown' | 'failed' | 'rejected' | 'remove' | 'orphaned'

export interface SwarmTask extends SwarmMeta {
  Spec: TaskSpec
  ServiceID?: string
  Slot?: number
  NodeID?: string
  DesiredState: TaskState
  Status: TaskStatus
  JobIteration?: { Index: number }
  NetworksAttachments?: { Network: { ID: string; Spec: { Name: string } }; Addresses?: string[] }[]
}

export interface TaskStatus {
  /** When it came to this state. */
  Timestamp: string
  State: TaskState
  Message?: string
  Err?: string
  ContainerStatus?: { ContainerID?: string; PID?: number; ExitCode?: number }
  /** Ports that are published on the task's own node. */
  PortStatus?: { Ports?: PortConfig[] }
}

export interface SwarmNode extends SwarmMeta {
  Spec: NodeSpec
  Description: {
    Hostname: string
    Platform?: Platform
    Resources?: Amounts & { GenericResources?: GenericResource[] | null }
    Engine?: { EngineVersion?: string; Labels?: Texts; Plugins?: { Type: string; Name: string }[] }
    /** The certificates that it trusts, and has. */
    TLSInfo?: { TrustRoot?: string; CertIssuerPublicKey?: string }
  }
  Status: { State: 'unknown' | 'down' | 'ready' | 'disconnected'; Message?: string; Addr?: string }
  /** Managers only. */
  ManagerStatus?: { Leader?: boolean; Reachability?: 'unknown' | 'unreachable' | 'reachable'; Addr?: string }
}

export interface NodeSpec {
  Name?: string
  Labels?: Record<string, string>
  Role: 'worker' | 'manager'
  Availability: 'active' | 'pause' | 'drain'
}

/** A network, of the swarm or of a node alone. */
export interface SwarmNetwork extends Omit<NetworkSpec, 'IPAM' | 'Options' | 'Labels'> {
  Id: string
  Created: string
  Scope: 'swarm' | 'local' | 'global'
  Driver: string
  Ingress?: boolean
  Options?: Texts | null
  Labels?: Texts | null
  IPAM?: { Driver?: string; Options?: Texts | null; Config?: { Subnet?: string; IPRange?: string; Gateway?: string; AuxAddress?: Texts }[] | null }
}

/** A secret or a config. `Data`: base64, of a config alone; a secret's never comes back from Docker. */
export interface SwarmFile extends SwarmMeta {
  Spec: FileSpec & { Data?: string }
}

/** A Docker volume of one node. */
export interface NodeVolume {
  nodeId: string
  name: string
  driver: string
  labels: Record<string, string>
}

/** A Docker Engine's own account of its place in a swarm. */
export interface SwarmMembership {
  NodeID: string
  NodeAddr: string
  LocalNodeState: '' | 'inactive' | 'pending' | 'active' | 'error' | 'locked'
  ControlAvailable: boolean
  Error: string
  Cluster?: { ID: string } | null
  RemoteManagers?: { NodeID: string; Addr: string }[] | null
}

/** What a Docker Engine says of itself. */
export interface DockerInfo {
  ID: string
  /** The server's host name. */
  Name: string
  ServerVersion: string
  Architecture: string
  KernelVersion?: string
  /** RFC 3339 with nanoseconds. */
  SystemTime?: string
  Swarm?: SwarmMembership
}

/** The swarm itself, with its join tokens: never to be shown. */
export interface SwarmObject {
  ID: string
  Version: { Index: number }
  Spec: { CAConfig?: { ForceRotate?: number; [more: string]: unknown }; EncryptionConfig?: { AutoLockManagers?: boolean }; [more: string]: unknown }
  TLSInfo?: { TrustRoot?: string; CertIssuerPublicKey?: string }
  RootRotationInProgress?: boolean
  DefaultAddrPool?: string[] | null
  SubnetSize?: number
  DataPathPort?: number
  JoinTokens: { Worker: string; Manager: string }
}

/** What a registry says of an image. */
export interface Distribution {
  Descriptor: { digest: string }
  Platforms?: { architecture?: string; os?: string }[] | null
}

/** Credentials for a registry, as Docker's `X-Registry-Auth` carries them. */
export interface RegistryAuth {
  username: string
  password: string
  serveraddress: string
}
