import type Docker from 'dockerode'
import type { SwarmAvailability, SwarmRole } from '../../common/contract/index.ts'

/** What `GET /info` says about a swarm; the fields that are read. */
export interface DockerInfo {
  ID: string
  Name: string
  ServerVersion: string
  Architecture: string
  KernelVersion?: string
  /** RFC 3339 with nanoseconds. */
  SystemTime?: string
  Swarm?: {
    NodeID: string
    NodeAddr: string
    LocalNodeState: '' | 'inactive' | 'pending' | 'active' | 'error' | 'locked'
    ControlAvailable: boolean
    Error: string
    RemoteManagers: { NodeID: string; Addr: string }[] | null
    Cluster?: { ID: string }
  }
}

/** A swarm node as Docker tells of it. */
export interface DockerNode {
  ID: string
  Version: { Index: number }
  Spec: { Name?: string; Role: SwarmRole; Availability: SwarmAvailability; Labels?: Record<string, string> | null }
  Description: {
    Hostname: string
    Platform: { Architecture: string; OS: string }
    Resources?: { NanoCPUs?: number; MemoryBytes?: number }
    Engine: { EngineVersion: string; Labels?: Record<string, string> | null }
    TLSInfo?: { TrustRoot?: string; CertIssuerPublicKey?: string }
  }
  Status: { State: 'unknown' | 'down' | 'ready' | 'disconnected'; Message?: string; Addr: string }
  ManagerStatus?: { Leader?: boolean; Reachability: 'unknown' | 'unreachable' | 'reachable'; Addr: string }
}

/** The swarm itself, with its join tokens: never to be shown. */
export interface DockerSwarm {
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

/** A task as Docker tells of it; the fields that are read. */
export interface DockerTask {
  ID: string
  ServiceID?: string
  NodeID?: string
  Slot?: number
  CreatedAt?: string
  DesiredState: string
  Status: { State: string; Timestamp?: string; Message?: string; Err?: string; ContainerStatus?: { ExitCode?: number } | null }
  Spec?: { Placement?: { Constraints?: string[] | null }; Networks?: { Target?: string }[] | null }
  NetworksAttachments?: { Network: { ID: string }; Addresses?: string[] | null }[] | null
}

/** A service as Docker tells of it; the fields that are read. */
export type DockerService = Pick<Docker.Service, 'ID' | 'Spec' | 'Endpoint'>
