/**
 * What Docker's API says of a swarm: the fields Toque reads, as Docker spells them. What is read is written back whole, so whatever else an object holds
 * is kept: never build one of these anew from its typed fields to update a service.
 */

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
  Endpoint?: { Spec?: EndpointSpec; Ports?: EndpointPort[]; VirtualIPs?: { NetworkID: string; Addr?: string }[] }
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

export interface ServiceSpec {
  Name: string
  Labels?: Record<string, string>
  TaskTemplate: TaskSpec
  Mode?: { Replicated?: { Replicas?: number }; Global?: object; ReplicatedJob?: { MaxConcurrent?: number; TotalCompletions?: number }; GlobalJob?: object }
  UpdateConfig?: UpdateConfig
  RollbackConfig?: UpdateConfig
  EndpointSpec?: EndpointSpec
}

export interface UpdateConfig {
  Parallelism?: number
  /** Nanoseconds. */
  Delay?: number
  FailureAction?: 'pause' | 'continue' | 'rollback'
  Order?: 'stop-first' | 'start-first'
}

export interface EndpointSpec {
  Mode?: 'vip' | 'dnsrr'
  Ports?: EndpointPort[]
}

export interface EndpointPort {
  Name?: string
  Protocol?: 'tcp' | 'udp' | 'sctp'
  TargetPort?: number
  PublishedPort?: number
  PublishMode?: 'ingress' | 'host'
}

export interface TaskSpec {
  ContainerSpec?: ContainerSpec
  /** Nano CPUs and bytes. */
  Resources?: { Limits?: Amounts; Reservations?: Amounts }
  Placement?: { Constraints?: string[]; MaxReplicas?: number; Platforms?: { Architecture?: string; OS?: string }[] }
  Networks?: { Target?: string; Aliases?: string[] }[]
  ForceUpdate?: number
}

/** What a node's Docker was told that it has besides, such as GPUs (`node-generic-resources`). */
export interface GenericResource {
  NamedResourceSpec?: { Kind: string; Value: string }
  DiscreteResourceSpec?: { Kind: string; Value: number }
}

export interface Amounts {
  NanoCPUs?: number
  MemoryBytes?: number
}

export interface ContainerSpec {
  /** With its digest, where it was found when the service was made: `nginx:latest@sha256:…`. */
  Image: string
  TTY?: boolean
  Labels?: Record<string, string>
  Mounts?: SwarmMount[]
  Healthcheck?: { Test?: string[] }
  Secrets?: { SecretID: string; SecretName: string }[]
  Configs?: { ConfigID: string; ConfigName: string }[]
}

export interface SwarmMount {
  Type: 'volume' | 'bind' | 'tmpfs' | 'npipe'
  Source?: string
  Target: string
  VolumeOptions?: { DriverConfig?: { Name?: string } }
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
  PortStatus?: { Ports?: EndpointPort[] }
}

export interface SwarmNode extends SwarmMeta {
  Spec: NodeSpec
  Description: {
    Hostname: string
    Platform?: { Architecture?: string; OS?: string }
    Resources?: Amounts & { GenericResources?: GenericResource[] | null }
    Engine?: { EngineVersion?: string; Labels?: Record<string, string>; Plugins?: { Type: string; Name: string }[] }
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

export interface SwarmNetwork {
  Id: string
  Name: string
  Created: string
  Driver: string
  Ingress?: boolean
  Attachable?: boolean
  Internal?: boolean
  Options?: Record<string, string> | null
  IPAM?: { Config?: { Subnet?: string }[] | null }
  Labels?: Record<string, string> | null
}

/** A secret's data never comes back from Docker; a config's is not kept here. */
export interface SwarmFile extends SwarmMeta {
  Spec: { Name: string; Labels?: Record<string, string>; Driver?: { Name?: string } }
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
  LocalNodeState: 'inactive' | 'pending' | 'active' | 'error' | 'locked'
  ControlAvailable: boolean
  Error?: string
  Cluster?: { ID: string } | null
  RemoteManagers?: { NodeID: string }[] | null
}
