import type { HorizontalPodAutoscalerBehavior, MetricSpec } from '../../../common/kube/generated/autoscaling-v2.ts'
import type { Memory } from '../../../policy/autoscaling/behavior.ts'
import type { Decision } from '../../../policy/autoscaling/decide.ts'
import { decide } from '../../../policy/autoscaling/decide.ts'
import type { Sample } from '../../../policy/autoscaling/group-pods.ts'
import { CALCULATOR_DEFAULTS } from '../../../policy/autoscaling/group-pods.ts'
import type { Reading } from '../../../policy/autoscaling/metrics.ts'
import type { SwarmService, SwarmTask } from '../../docker/types.ts'
import { holdOf } from '../hold.ts'
import type { Telling } from '../said.ts'
import { replicasOf } from '../service-state.ts'
import { scaledTasks } from './scaled-tasks.ts'
import type { AutoscaleSettings } from './settings.ts'
import type { ContainerUsage } from './usage-book.ts'

/** All that a look at one service is made of. */
export interface AutoscaleInput {
  readonly service: SwarmService
  readonly settings: AutoscaleSettings
  readonly tasks: readonly SwarmTask[]
  /** By the container's ID; those that could not be measured are not in it. */
  usage(container: string): ContainerUsage | undefined
  readonly memory: Memory
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** What comes of it. */
export interface AutoscaleIntent {
  readonly what: 'scale' | 'nothing' | 'wait'
  readonly from: number
  readonly to: number
  readonly message: string
  readonly memory: Memory
  /** What is to be told for as long as it is so. */
  readonly states: readonly Telling[]
}

/** One look: what the engine's autoscaler (upstream's HorizontalPodAutoscaler) would decide of the same numbers. Pure. */
export function intendAutoscale(input: AutoscaleInput): AutoscaleIntent {
  const { service, settings, memory, now } = input
  const current = replicasOf(service)
  const stay = { what: 'nothing', from: current, to: current, memory, states: [] } as const
  const hold = holdOf(service, 'it is not scaled')
  if (hold !== undefined) return { ...stay, ...hold, what: 'wait' }
  const pods = scaledTasks(service, input.tasks)
  const decision = decide({
    spec: {
      scaleTargetRef: { kind: 'Service', name: service.Spec.Name }, minReplicas: settings.min, maxReplicas: settings.max, metrics: metricsOf(settings).map((m) => m.spec),
      behavior: behaviorOf(settings),
    },
    scale: { replicas: current, observed: pods.length }, pods, readings: metricsOf(settings).map(({ resource }) => readingOf(input, resource)), memory, now, options: CALCULATOR_DEFAULTS,
  })
  if (decision.failed) return { ...stay, memory: decision.memory, message: UNMEASURED, states: [{ type: 'Warning', reason: USAGE_UNKNOWN, message: UNMEASURED }] }
  if (decision.rescale) return { ...stay, what: 'scale', to: decision.desired, memory: decision.memory, message: scaleMessage(decision, settings, current) }
  return { ...stay, memory: decision.memory, message: current === 0 ? OFF : `${usageText(decision, settings)}; ${String(current)} tasks are right for that.`, states: atTheMost(decision, settings, current) }
}

/** The reason told while nothing is known of the tasks' use. */
export const USAGE_UNKNOWN = 'UsageUnknown'
const OFF = 'Somebody scaled it to 0: it is left so until somebody scales it up.'
const UNMEASURED = 'How much its tasks use cannot be told at present, so it stays as it is: none of them has run for long enough, or the servers that they are on are not connected.'

/** Up as fast as upstream lets it; down once fewer have been enough for the window. */
export function behaviorOf({ stabilizationSeconds }: AutoscaleSettings): HorizontalPodAutoscalerBehavior {
  return { scaleDown: { stabilizationWindowSeconds: stabilizationSeconds } }
}

function metricsOf({ cpuPercent, memoryPercent }: AutoscaleSettings): { resource: 'cpu' | 'memory'; spec: MetricSpec }[] {
  const metric = (resource: 'cpu' | 'memory', percent: number | undefined): { resource: 'cpu' | 'memory'; spec: MetricSpec }[] =>
    (percent === undefined ? [] : [{ resource, spec: { type: 'Resource', resource: { name: resource, target: { type: 'Utilization', averageUtilization: percent } } } }])
  return [...metric('cpu', cpuPercent), ...metric('memory', memoryPercent)]
}

/** What is known of the tasks' use, in thousandths. */
function readingOf({ service, tasks, usage }: AutoscaleInput, resource: 'cpu' | 'memory'): Reading {
  const samples = new Map<string, Sample>()
  for (const { ID, ServiceID, Status: { State, ContainerStatus } } of tasks) {
    if (ServiceID !== service.ID || State !== 'running') continue
    const used = usage(ContainerStatus?.ContainerID ?? '')
    if (used !== undefined) samples.set(ID, { value: resource === 'cpu' ? used.cpuMilli : used.memoryBytes * 1000, time: used.time, windowMs: used.windowMs })
  }
  return samples.size > 0 ? { samples } : { error: 'nothing was measured' }
}

function scaleMessage(decision: Decision, settings: AutoscaleSettings, from: number): string {
  const to = decision.desired
  if (from < settings.min) return `From ${String(from)} to ${String(to)} tasks: toque.autoscale.min is ${String(settings.min)}.`
  if (from > settings.max) return `From ${String(from)} to ${String(to)} tasks: toque.autoscale.max is ${String(settings.max)}.`
  return `From ${String(from)} to ${String(to)} tasks: ${lowerFirst(usageText(decision, settings))}.`
}

/** `Its tasks use 96 % of the CPU they ask for (60 % is aimed at)`. */
function usageText({ metrics }: Decision, settings: AutoscaleSettings): string {
  const parts = metrics.flatMap(({ resource }) => {
    const used = resource?.current.averageUtilization
    const aim = resource?.name === 'cpu' ? settings.cpuPercent : settings.memoryPercent
    return resource === undefined || used === undefined ? [] : [`${String(used)} % of the ${resource.name === 'cpu' ? 'CPU' : 'memory'} that they ask for (${String(aim)} % is aimed at)`]
  })
  return parts.length === 0 ? 'Nothing was measured' : `On average its tasks use ${parts.join(' and ')}`
}

function atTheMost(decision: Decision, settings: AutoscaleSettings, current: number): Telling[] {
  const isLimited = decision.conditions.some((c) => c.type === 'ScalingLimited' && c.reason === 'TooManyReplicas')
  if (!isLimited || current < settings.max) return []
  return [{ type: 'Warning', reason: 'AtMaximum', message: `It has ${String(current)} tasks, the most that toque.autoscale.max allows, and would be given more: raise it, or give each task more to work with.` }]
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
