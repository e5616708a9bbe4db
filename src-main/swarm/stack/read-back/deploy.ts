import type { Deploy, UpdateConfig as ComposeUpdate } from '../../../common/compose/forms/deploy.ts'
import { defined } from '../convert/context.ts'
import { StackLabel } from '../names.ts'
import { withoutStatus } from '../status-labels.ts'
import type { Resources, ServiceMode, ContainerServiceSpec, UpdateConfig } from '../../docker/specs.ts'
import { positive, some, without } from './context.ts'

const NANO = 1_000_000_000

/** A service's `deploy`; undefined where it would say nothing but defaults. */
export function deployOf(spec: ContainerServiceSpec): Deploy | undefined {
  const { RestartPolicy: restart, Placement: placement, Resources: resources } = spec.TaskTemplate
  return some(defined<Deploy>({
    ...mode(spec.Mode ?? {}),
    endpoint_mode: spec.EndpointSpec?.Mode === 'dnsrr' ? 'dnsrr' : undefined,
    labels: without(withoutStatus(spec.Labels), StackLabel.namespace, StackLabel.image),
    update_config: update(spec.UpdateConfig), rollback_config: update(spec.RollbackConfig),
    resources: some(resourcesOf(resources ?? {})),
    restart_policy: restart === undefined || restart === null ? undefined : defined({ condition: restart.Condition === '' ? undefined : restart.Condition, delay: restart.Delay, max_attempts: positive(restart.MaxAttempts), window: restart.Window }),
    placement: some(defined({
      constraints: some(placement?.Constraints), max_replicas_per_node: positive(placement?.MaxReplicas),
      preferences: some(placement?.Preferences?.map(({ Spread }) => ({ spread: Spread?.SpreadDescriptor ?? '' }))),
    })),
  }))
}

function mode({ Replicated, Global, ReplicatedJob, GlobalJob }: ServiceMode): Deploy {
  if (Global !== undefined && Global !== null) return { mode: 'global' }
  if (GlobalJob !== undefined && GlobalJob !== null) return { mode: 'global-job' }
  if (ReplicatedJob !== undefined && ReplicatedJob !== null) return defined({ mode: 'replicated-job', replicas: ReplicatedJob.TotalCompletions })
  return Replicated?.Replicas === undefined || Replicated.Replicas === 1 ? {} : { replicas: Replicated.Replicas }
}

function update(config: UpdateConfig | undefined): ComposeUpdate | undefined {
  if (config === undefined || config === null) return undefined
  return defined<ComposeUpdate>({
    parallelism: config.Parallelism ?? 0, delay: positive(config.Delay), failure_action: other(config.FailureAction, 'pause'),
    monitor: positive(config.Monitor), max_failure_ratio: positive(config.MaxFailureRatio), order: other(config.Order, 'stop-first'),
  })
}

function resourcesOf({ Limits: limits, Reservations: reservations }: Resources): NonNullable<Deploy['resources']> {
  const generic = reservations?.GenericResources?.flatMap(({ DiscreteResourceSpec: spec }) => (spec === undefined ? [] : [{ discrete_resource_spec: defined({ kind: spec.Kind, value: spec.Value }) }]))
  return defined({
    limits: some(defined({ cpus: cores(limits?.NanoCPUs), memory: positive(limits?.MemoryBytes), pids: positive(limits?.Pids) })),
    reservations: some(defined({ cpus: cores(reservations?.NanoCPUs), memory: positive(reservations?.MemoryBytes), generic_resources: some(generic) })),
  })
}

function cores(nano: number | undefined): number | undefined {
  return nano === undefined || nano === 0 ? undefined : nano / NANO
}

/** Undefined where it is what there is by itself. */
function other(word: string | undefined, usual: string): string | undefined {
  return word === '' || word === usual ? undefined : word
}
