import type { Deploy, UpdateConfig as ComposeUpdate } from '../../../common/compose/forms/deploy.ts'
import type { Service } from '../../../common/compose/forms/service.ts'
import type { Placement, Resources, RestartPolicy, ServiceMode, UpdateConfig } from '../../docker/specs.ts'
import type { ServiceContext } from './context.ts'
import { defined } from './context.ts'

const NANO = 1_000_000_000

/** How many there are of a service, and whether they run for ever. */
export function modeOf({ mode = 'replicated', replicas }: Deploy, at: ServiceContext): ServiceMode {
  const all = mode.startsWith('global')
  if (all && replicas !== undefined) at.refuse(['deploy', 'replicas'], `With the mode ${mode} every node has one: leave replicas out.`)
  if (replicas !== undefined && replicas < 0) at.refuse(['deploy', 'replicas'], 'There cannot be less than 0 replicas.')
  switch (mode) {
    case 'global': return { Global: {} }
    case 'global-job': return { GlobalJob: {} }
    case 'replicated-job': return { ReplicatedJob: defined({ MaxConcurrent: replicas, TotalCompletions: replicas }) }
    default: return { Replicated: defined({ Replicas: replicas }) }
  }
}

/** How a service is changed, or taken back. One at a time, unless it says otherwise. */
export function updateOf(config: ComposeUpdate | undefined): UpdateConfig | undefined {
  if (config === undefined) return undefined
  return defined<UpdateConfig>({
    Parallelism: config.parallelism ?? 1, Delay: config.delay, FailureAction: config.failure_action, Monitor: config.monitor, MaxFailureRatio: config.max_failure_ratio, Order: config.order,
  })
}

export function resourcesOf(resources: Deploy['resources']): Resources {
  const { limits, reservations } = resources ?? {}
  const generic = reservations?.generic_resources?.map(({ discrete_resource_spec: spec }) => defined({ DiscreteResourceSpec: spec === undefined ? undefined : defined({ Kind: spec.kind, Value: spec.value }) }))
  return defined<Resources>({
    Limits: limits === undefined ? undefined : defined({ NanoCPUs: nano(limits.cpus), MemoryBytes: limits.memory, Pids: limits.pids }),
    Reservations: reservations === undefined ? undefined : defined({ NanoCPUs: nano(reservations.cpus), MemoryBytes: reservations.memory, GenericResources: generic }),
  })
}

function nano(cores: number | undefined): number | undefined {
  return cores === undefined ? undefined : Math.round(cores * NANO)
}

/**
 * What becomes of a task that ends. Without a `deploy.restart_policy`, `restart` stands for it: Docker's own tool says that it ignores it, and heeds it (but for `no`,
 * which leaves Swarm's default, to start again what ended).
 */
export function restartOf({ restart, deploy }: Service, at: ServiceContext): RestartPolicy | undefined {
  const policy = deploy?.restart_policy
  if (policy !== undefined) {
    if (policy.condition === 'always' || policy.condition === 'unless-stopped') at.refuse(['deploy', 'restart_policy', 'condition'], `Swarm has no restart condition "${policy.condition}": write any.`)
    return defined<RestartPolicy>({ Condition: policy.condition, Delay: policy.delay, MaxAttempts: policy.max_attempts, Window: policy.window })
  }
  const [name = '', attempts, ...more] = (restart ?? '').split(':')
  if (more.length > 0 || (attempts !== undefined && !/^\d+$/.test(attempts))) at.refuse(['restart'], `restart cannot be "${restart ?? ''}": write any of no, always, unless-stopped, on-failure and on-failure:3.`)
  switch (name) {
    case '': return undefined
    case 'no':
      at.findings.ignore(['services', at.name, 'restart'], `services.${at.name}.restart has no effect with "no": Swarm starts again what ended. Say deploy.restart_policy.condition: none.`)
      return undefined
    case 'always': case 'unless-stopped': return { Condition: 'any' }
    case 'on-failure': return { Condition: 'on-failure', MaxAttempts: Number(attempts ?? 0) }
    default:
      at.refuse(['restart'], `restart cannot be "${restart ?? ''}": write any of no, always, unless-stopped, on-failure and on-failure:3.`)
      return undefined
  }
}

export function placementOf(placement: Deploy['placement']): Placement {
  return defined<Placement>({
    Constraints: placement?.constraints,
    Preferences: placement?.preferences?.map(({ spread }) => ({ Spread: { SpreadDescriptor: spread ?? '' } })),
    MaxReplicas: placement?.max_replicas_per_node,
  })
}
