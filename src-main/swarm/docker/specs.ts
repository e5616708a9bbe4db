/**
 * What Docker's API is given to make a service, a network, a secret or a config, as Docker spells it. Durations are nanoseconds, sizes bytes. What was read of a
 * live object is written back whole, so that a field that is not named here is kept: never build one anew from its typed fields to update it.
 */

/** Names and texts. */
export type Texts = Record<string, string>

export interface Mount {
  Type: string
  Source?: string
  Target: string
  ReadOnly?: boolean
  Consistency?: string
  BindOptions?: { Propagation?: string }
  VolumeOptions?: { NoCopy?: boolean; Labels?: Texts; DriverConfig?: Driver; Subpath?: string }
  TmpfsOptions?: { SizeBytes?: number; Mode?: number }
}

/** A plugin by its name, with its options. */
export interface Driver {
  Name?: string
  Options?: Texts
}

export interface HealthConfig {
  Test?: string[]
  Interval?: number
  Timeout?: number
  StartPeriod?: number
  StartInterval?: number
  Retries?: number
}

interface FileTarget {
  Name: string
  UID: string
  GID: string
  Mode: number
}

/** A secret in a container. Its ID is only known to the manager: it is put in when the spec is sent. */
export interface SecretReference {
  SecretName: string
  SecretID?: string
  File: FileTarget
}

/** A config in a container; `Runtime`: for a credential spec, without a file. */
export interface ConfigReference {
  ConfigName: string
  ConfigID?: string
  File?: FileTarget
  Runtime?: Record<string, never>
}

export interface CredentialSpec {
  Config?: string
  File?: string
  Registry?: string
}

export interface ContainerSpec {
  /** With its digest, where it was found when the service was made: `nginx:latest@sha256:…`. */
  Image: string
  Labels?: Texts
  Command?: string[]
  Args?: string[]
  Hostname?: string
  Env?: string[]
  Dir?: string
  User?: string
  Groups?: string[]
  Privileges?: { CredentialSpec?: CredentialSpec }
  Init?: boolean
  StopSignal?: string
  TTY?: boolean
  OpenStdin?: boolean
  ReadOnly?: boolean
  Mounts?: Mount[]
  StopGracePeriod?: number
  Healthcheck?: HealthConfig
  Hosts?: string[]
  DNSConfig?: { Nameservers?: string[]; Search?: string[]; Options?: string[] }
  Secrets?: SecretReference[]
  Configs?: ConfigReference[]
  Isolation?: string
  Sysctls?: Texts
  CapabilityAdd?: string[]
  CapabilityDrop?: string[]
  Ulimits?: { Name: string; Soft: number; Hard: number }[]
  OomScoreAdj?: number
}

/** What is reserved of a node, and what it has. */
export interface Amounts {
  NanoCPUs?: number
  MemoryBytes?: number
}

/** What a node's Docker was told that it has besides, such as GPUs (`node-generic-resources`): counted, or each by a name. */
export interface GenericResource {
  DiscreteResourceSpec?: { Kind?: string; Value?: number }
  NamedResourceSpec?: { Kind?: string; Value?: string }
}

export interface Resources {
  Limits?: Amounts & { Pids?: number }
  Reservations?: Amounts & { GenericResources?: GenericResource[] }
}

export interface RestartPolicy {
  Condition?: string
  Delay?: number
  MaxAttempts?: number
  Window?: number
}

/** Go's name of a system, and the kernel's or an image's of an architecture. */
export interface Platform {
  Architecture?: string
  OS?: string
}

export interface Placement {
  Constraints?: string[]
  Preferences?: { Spread?: { SpreadDescriptor?: string } }[]
  MaxReplicas?: number
  /** What the image runs on; told by its registry. */
  Platforms?: Platform[]
}

/** A service on a network; by the network's name, or (as the manager tells it) by its ID. */
export interface NetworkAttachment {
  Target: string
  Aliases?: string[]
  DriverOpts?: Texts
}

export interface TaskSpec {
  /** Undefined: it runs no container of its own, but a plugin, or is there for a network of `docker run`. */
  ContainerSpec?: ContainerSpec
  Resources?: Resources
  RestartPolicy?: RestartPolicy
  Placement?: Placement
  Networks?: NetworkAttachment[]
  LogDriver?: Driver
  ForceUpdate?: number
  Runtime?: string
}

export interface UpdateConfig {
  Parallelism?: number
  Delay?: number
  FailureAction?: string
  Monitor?: number
  MaxFailureRatio?: number
  Order?: string
}

export interface ServiceMode {
  Replicated?: { Replicas?: number }
  Global?: object
  ReplicatedJob?: { MaxConcurrent?: number; TotalCompletions?: number }
  GlobalJob?: object
}

export interface PortConfig {
  Name?: string
  Protocol?: string
  TargetPort?: number
  PublishedPort?: number
  PublishMode?: string
}

export interface EndpointSpec {
  Mode?: string
  Ports?: PortConfig[]
}

export interface ServiceSpec {
  Name: string
  Labels?: Texts
  TaskTemplate: TaskSpec
  Mode?: ServiceMode
  UpdateConfig?: UpdateConfig
  RollbackConfig?: UpdateConfig
  EndpointSpec?: EndpointSpec
}

/** A service of containers: the only ones that stacks are made of. */
export interface ContainerServiceSpec extends ServiceSpec {
  TaskTemplate: TaskSpec & { ContainerSpec: ContainerSpec }
}

export function isOfContainers(spec: ServiceSpec): spec is ContainerServiceSpec {
  return spec.TaskTemplate.ContainerSpec !== undefined
}

export interface IpamPool {
  Subnet?: string
  IPRange?: string
  Gateway?: string
  AuxiliaryAddresses?: Texts
}

/** What a network is made from. */
export interface NetworkSpec {
  Name: string
  Driver?: string
  Options?: Texts
  Labels?: Texts
  Internal?: boolean
  Attachable?: boolean
  EnableIPv6?: boolean
  IPAM?: { Driver?: string; Options?: Texts; Config?: IpamPool[] }
}

/** A secret or a config, without what it holds. */
export interface FileSpec {
  Name: string
  Labels?: Texts
  /** Of a secret that is kept outside. */
  Driver?: Driver
  Templating?: Driver
}
