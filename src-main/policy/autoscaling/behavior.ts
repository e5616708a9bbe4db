import type { HPAScalingRules } from '../../common/kube/generated/autoscaling-v2.ts'

/** Rules with every field set. The windows are seconds. */
export interface ScalingRules extends HPAScalingRules {
  readonly stabilizationWindowSeconds: number
}

/** How long a lower count must have been enough before pods are taken away, where a spec does not say: upstream's default. */
export const DOWN_WINDOW_S = 300

/** Something that was recommended, or a change that was made, at a moment (milliseconds). */
export interface Remembered {
  readonly at: number
  readonly replicas: number
}

/** What one autoscaler remembers between its decisions, oldest first. */
export interface Memory {
  readonly recommendations: readonly Remembered[]
  /** Pods added, and taken away, by its own decisions. */
  readonly ups: readonly Remembered[]
  readonly downs: readonly Remembered[]
}

/** Nothing yet. */
export const NO_MEMORY: Memory = { recommendations: [], ups: [], downs: [] }

/** A count, and why it is not (or is) the one that went in. */
export interface Limited {
  readonly replicas: number
  readonly reason: string
  readonly message: string
}

/** Where a count must stay. */
export interface Bounds {
  readonly min: number
  readonly max: number
}

const WITHIN = { reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' }
const TOO_MANY = { reason: 'TooManyReplicas', message: 'the desired replica count is more than the maximum replica count' }
const TOO_FEW = { reason: 'TooFewReplicas', message: 'the desired replica count is less than the minimum replica count' }
const UP_RATE = { reason: 'ScaleUpLimit', message: 'the desired replica count is increasing faster than the maximum scale rate' }
const DOWN_RATE = { reason: 'ScaleDownLimit', message: 'the desired replica count is decreasing faster than the maximum scale rate' }
const UP_STABLE = { reason: 'ScaleUpStabilized', message: 'recent recommendations were lower than current one, applying the lowest recent recommendation' }
const DOWN_STABLE = { reason: 'ScaleDownStabilized', message: 'recent recommendations were higher than current one, applying the highest recent recommendation' }
const READY = { reason: 'ReadyForNewScale', message: 'recommended size matches current size' }

/** Without a behavior: the highest recommendation of the window. */
export function stabilized(desired: number, memory: Memory, now: number): Limited {
  const cutoff = now - DOWN_WINDOW_S * 1000
  const replicas = Math.max(desired, ...memory.recommendations.filter((r) => r.at >= cutoff).map((r) => r.replicas))
  return { replicas, ...(replicas === desired ? READY : DOWN_STABLE) }
}

/** Without a behavior: at most twice as many, or four. */
export function limited(current: number, desired: number, { min, max }: Bounds): Limited {
  const rate = Math.max(2 * current, 4)
  if (desired < min) return { replicas: min, ...TOO_FEW }
  if (desired > Math.min(max, rate)) return { replicas: Math.min(max, rate), ...(max > rate ? UP_RATE : TOO_MANY) }
  return { replicas: desired, ...WITHIN }
}

/** With a behavior: up only to what was recommended all through its window, down only to what was enough all through its own. */
export function stabilizedBy(up: ScalingRules, down: ScalingRules, current: number, desired: number, memory: Memory, now: number): Limited {
  const since = (seconds: number): number[] => memory.recommendations.filter((r) => r.at > now - seconds * 1000).map((r) => r.replicas)
  const least = Math.min(desired, ...since(up.stabilizationWindowSeconds))
  const most = Math.max(desired, ...since(down.stabilizationWindowSeconds))
  let replicas = current
  if (replicas < least) replicas = least
  if (replicas > most) replicas = most
  return { replicas, ...(replicas === desired ? READY : desired >= current ? UP_STABLE : DOWN_STABLE) }
}

/** With a behavior: as fast as its policies let it. */
export function limitedBy(up: ScalingRules, down: ScalingRules, current: number, desired: number, { min, max }: Bounds, memory: Memory, now: number): Limited {
  if (desired > current) {
    const rate = Math.max(current, upLimit(up, current, memory, now))
    if (desired > Math.min(max, rate)) return { replicas: Math.min(max, rate), ...(max > rate ? UP_RATE : TOO_MANY) }
  } else if (desired < current) {
    const rate = Math.min(current, downLimit(down, current, memory, now))
    if (desired < Math.max(min, rate)) return { replicas: Math.max(min, rate), ...(min < rate ? DOWN_RATE : TOO_FEW) }
  }
  return { replicas: desired, ...WITHIN }
}

function upLimit({ selectPolicy, policies = [] }: ScalingRules, current: number, memory: Memory, now: number): number {
  if (selectPolicy === 'Disabled') return current
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const begin = atBegin(current, periodSeconds, memory, now)
    // Rounded up, or a small share of few pods would never be one.
    return type === 'Pods' ? begin + value : Math.ceil(begin * (1 + value / 100))
  })
  return selectPolicy === 'Min' ? Math.min(...limits) : Math.max(...limits)
}

function downLimit({ selectPolicy, policies = [] }: ScalingRules, current: number, memory: Memory, now: number): number {
  if (selectPolicy === 'Disabled') return current
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const begin = atBegin(current, periodSeconds, memory, now)
    return type === 'Pods' ? begin - value : Math.trunc(begin * (1 - value / 100))
  })
  return selectPolicy === 'Min' ? Math.max(...limits) : Math.min(...limits)
}

/** How many there were when a policy's period began. */
function atBegin(current: number, periodSeconds: number, { ups, downs }: Memory, now: number): number {
  const sum = (changes: readonly Remembered[]): number => changes.filter((c) => c.at > now - periodSeconds * 1000).reduce((n, c) => n + c.replicas, 0)
  return current - sum(ups) + sum(downs)
}
