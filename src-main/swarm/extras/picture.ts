/**
 * What the extras see of a swarm: Docker's own shapes, only the fields that are read here. Services are written back whole, from a fresh read, so nothing is
 * lost that is not named here.
 */
export interface SwarmPicture {
  services(): readonly SwarmService[]
  tasks(): readonly SwarmTask[]
  nodes(): readonly SwarmNode[]
  /** Calls `listener` after anything changed; the returned function ends that. */
  onChange(listener: () => void): () => void
}

export interface SwarmMeta {
  readonly ID: string
  readonly Version: { readonly Index: number }
  /** RFC 3339, by the clock of the manager that leads. */
  readonly CreatedAt: string
  readonly UpdatedAt: string
}

export interface SwarmService extends SwarmMeta {
  readonly Spec: ServiceSpec
  readonly UpdateStatus?: { readonly State?: string; readonly StartedAt?: string; readonly Message?: string } | undefined
  /** Only where the list was asked for it. */
  readonly ServiceStatus?: { readonly DesiredTasks?: number }
}

export interface ServiceSpec {
  readonly Name: string
  readonly Labels?: Readonly<Record<string, string>> | null
  readonly TaskTemplate: TaskSpec
  readonly Mode?: {
    readonly Replicated?: { readonly Replicas?: number }
    readonly Global?: object
    readonly ReplicatedJob?: { readonly TotalCompletions?: number }
    readonly GlobalJob?: object
  }
  readonly EndpointSpec?: { readonly Mode?: string; readonly Ports?: readonly { readonly PublishedPort?: number; readonly PublishMode?: string }[] | null }
}

export interface TaskSpec {
  readonly ContainerSpec?: { readonly Image?: string; readonly Labels?: Readonly<Record<string, string>> | null; readonly Mounts?: readonly Mount[] | null }
  readonly Resources?: { readonly Limits?: Amounts; readonly Reservations?: Amounts }
  readonly RestartPolicy?: { readonly Condition?: string }
  readonly Placement?: { readonly Constraints?: readonly string[] | null; readonly MaxReplicas?: number; readonly Platforms?: readonly Platform[] | null }
  readonly Networks?: readonly { readonly Target?: string; readonly Aliases?: readonly string[] | null }[] | null
  readonly ForceUpdate?: number
}

/** Of a billion parts of a CPU, and bytes. */
export interface Amounts {
  readonly NanoCPUs?: number
  readonly MemoryBytes?: number
}

export interface Platform {
  readonly Architecture?: string
  readonly OS?: string
}

export interface Mount {
  readonly Type?: string
  readonly Source?: string
  readonly Target?: string
  readonly ReadOnly?: boolean
  readonly VolumeOptions?: { readonly DriverConfig?: { readonly Name?: string; readonly Options?: Readonly<Record<string, string>> | null } }
}

export interface SwarmTask extends SwarmMeta {
  readonly ServiceID?: string
  readonly NodeID?: string
  readonly Slot?: number
  readonly Spec?: TaskSpec
  readonly DesiredState: string
  readonly Status: {
    /** When it came to its state, by its node's clock. */
    readonly Timestamp?: string
    readonly State: string
    readonly Err?: string
    readonly ContainerStatus?: { readonly ContainerID?: string; readonly ExitCode?: number }
  }
}

export interface SwarmNode extends SwarmMeta {
  readonly Spec: { readonly Availability?: string; readonly Role?: string; readonly Labels?: Readonly<Record<string, string>> | null }
  readonly Description?: {
    readonly Hostname?: string
    readonly Platform?: Platform
    readonly Resources?: Amounts
    readonly Engine?: { readonly Labels?: Readonly<Record<string, string>> | null }
  }
  readonly Status: { readonly State?: string; readonly Addr?: string }
}
