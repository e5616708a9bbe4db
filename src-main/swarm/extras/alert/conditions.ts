import type { AlertRule } from '../../../policy/alerts/alert.ts'
import { countWithin } from '../../../policy/alerts/alert.ts'
import type { SwarmNode, SwarmService, SwarmTask } from '../../docker/types.ts'
import type { ContainerUsage } from '../autoscale/usage-book.ts'
import { modeOf, replicasOf, runningTasks } from '../service-state.ts'
import { timeText } from '../labels.ts'
import type { AlertSettings } from './settings.ts'
import { mostOf } from './settings.ts'

/** All that a look at one service is made of. */
export interface ConditionInput {
  readonly service: SwarmService
  readonly settings: AlertSettings
  readonly tasks: readonly SwarmTask[]
  readonly nodes: readonly SwarmNode[]
  /** When its tasks ended by themselves, as far as that was seen; steady milliseconds, as `now`. */
  readonly ends: readonly number[]
  readonly now: number
  /** By the container's ID; undefined: it was not measured. */
  usage(container: string): ContainerUsage | undefined
}

/** One thing that a service wants to be told of, as it is at a moment. */
export interface Condition {
  /** For machines, and what the alert is called. */
  readonly reason: 'TasksMissing' | 'RestartsOften' | 'CpuHigh' | 'MemoryHigh'
  /** Is it so? Undefined: that cannot be told. */
  readonly isOver: boolean | undefined
  readonly rule: AlertRule
  /** What is told when it has been so for long enough, and when it is over. */
  readonly message: string
  readonly clearMessage: string
  /** When it may be otherwise by time alone, in milliseconds. */
  readonly lookAgainMs?: number | undefined
}

/** How it is with all that a service wants to be told of. Pure. */
export function conditionsOf(input: ConditionInput): Condition[] {
  const { settings: { tasksSeconds, restarts, cpuPercent, memoryPercent } } = input
  return [
    ...(tasksSeconds === undefined ? [] : [missing(input, tasksSeconds)]), ...(restarts === undefined ? [] : [restarting(input, restarts)]),
    ...(cpuPercent === undefined ? [] : [using(input, 'cpu', cpuPercent)]), ...(memoryPercent === undefined ? [] : [using(input, 'memory', memoryPercent)]),
  ]
}

function missing({ service, tasks, nodes }: ConditionInput, seconds: number): Condition {
  const desired = modeOf(service) === 'replicated' ? replicasOf(service) : service.ServiceStatus?.DesiredTasks
  const running = runningTasks(service, tasks, nodes).length
  return {
    reason: 'TasksMissing', isOver: desired === undefined ? undefined : running < desired, rule: { forMs: seconds * 1000, clearMs: 0 },
    message: `${String(running)} of its ${String(desired ?? 0)} tasks run, and fewer than it should have for more than ${timeText(seconds)} (toque.alert.tasks). Its tasks say why.`,
    clearMessage: `All of its ${String(desired ?? 0)} tasks run again.`,
  }
}

function restarting({ settings: { windowSeconds }, ends, now }: ConditionInput, most: number): Condition {
  const { count, lookAgainMs } = countWithin(ends, windowSeconds * 1000, now)
  return {
    reason: 'RestartsOften', isOver: count > most, rule: { forMs: 0, clearMs: 0 }, lookAgainMs,
    message: `${String(count)} of its tasks ended by themselves within ${timeText(windowSeconds)}: more than ${String(most)} (toque.alert.restarts). Their logs say why.`,
    clearMessage: `Within ${timeText(windowSeconds)} ${String(count)} of its tasks ended by themselves: no more than ${String(most)}.`,
  }
}

function using({ service, settings: { forSeconds }, tasks, nodes, usage }: ConditionInput, resource: 'cpu' | 'memory', most: number): Condition {
  const used = runningTasks(service, tasks, nodes).flatMap((task) => usage(task.Status.ContainerStatus?.ContainerID ?? '') ?? [])
  const whole = mostOf(service)[resource]
  const mean = used.reduce((sum, { cpuMilli, memoryBytes }) => sum + (resource === 'cpu' ? cpuMilli : memoryBytes * 1000), 0) / used.length
  const percent = whole === undefined || used.length === 0 ? undefined : Math.round((100 * mean) / whole)
  const words = resource === 'cpu' ? 'CPU' : 'memory'
  return {
    reason: resource === 'cpu' ? 'CpuHigh' : 'MemoryHigh', isOver: percent === undefined ? undefined : percent > most, rule: { forMs: forSeconds * 1000, clearMs: forSeconds * 1000 },
    message: `On average its tasks use ${String(percent ?? 0)} % of the ${words} that they may use, and more than ${String(most)} % for more than ${timeText(forSeconds)} (toque.alert.${resource}).`,
    clearMessage: `On average its tasks use ${String(percent ?? 0)} % of the ${words} that they may use: no more than ${String(most)} %.`,
  }
}
