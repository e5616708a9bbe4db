import type { MoveStepName } from '../../common/contract/index.ts'

/**
 * The steps of a move, in order. What holds data runs on one side at a time, and comes to the new side before the traffic does; what holds none runs on both while the traffic
 * is switched.
 */
export const STEPS: readonly MoveStepName[] = ['make', 'startStateless', 'stopData', 'startData', 'switchTraffic', 'stopOld']

const DATA_STEPS: readonly MoveStepName[] = ['stopData', 'startData']
const STATELESS_STEPS: readonly MoveStepName[] = ['startStateless', 'stopOld']

/** What an app has that steps are about. */
export interface Parts {
  readonly stateless: readonly string[]
  /** They hold data, or a port of their server that two cannot have. */
  readonly data: readonly string[]
}

/** The steps that an app needs. */
export function stepsFor({ stateless, data }: Parts): MoveStepName[] {
  return STEPS.filter((step) => (data.length > 0 || !DATA_STEPS.includes(step)) && (stateless.length > 0 || !STATELESS_STEPS.includes(step)))
}

/** The last of them: what is moved is taken back from there. */
export function lastStep(parts: Parts): MoveStepName {
  return stepsFor(parts).at(-1) ?? 'make'
}

/** The steps to take back, the last first, when `step` was begun, whether or not it came to its end: each undo is right in both cases. */
export function undoFrom(step: MoveStepName, parts: Parts): MoveStepName[] {
  const steps = stepsFor(parts)
  return steps.slice(0, steps.indexOf(step) + 1).reverse()
}

/** One thing to do to one side of a move. */
export type Act =
  /** All that the app is there, at rest. `unmake`: what this move has made there goes, and no volume. */
  | { side: 'there'; do: 'make' | 'unmake' }
  | { side: 'here' | 'there'; do: 'start' | 'stop'; parts: readonly string[] }
  /** Who answers on the published ports from now on. */
  | { do: 'traffic'; to: 'here' | 'there' }

/** What a step does. */
export function actsOf(step: MoveStepName, { stateless, data }: Parts): Act[] {
  switch (step) {
    case 'make': return [{ side: 'there', do: 'make' }]
    case 'startStateless': return [{ side: 'there', do: 'start', parts: stateless }]
    case 'stopData': return [{ side: 'here', do: 'stop', parts: data }]
    case 'startData': return [{ side: 'there', do: 'start', parts: data }]
    case 'switchTraffic': return [{ do: 'traffic', to: 'there' }]
    case 'stopOld': return [{ side: 'here', do: 'stop', parts: stateless }]
  }
}

/** What takes a step back. */
export function undoActsOf(step: MoveStepName, { stateless, data }: Parts): Act[] {
  switch (step) {
    case 'make': return [{ side: 'there', do: 'unmake' }]
    case 'startStateless': return [{ side: 'there', do: 'stop', parts: stateless }]
    case 'stopData': return [{ side: 'here', do: 'start', parts: data }]
    case 'startData': return [{ side: 'there', do: 'stop', parts: data }]
    case 'switchTraffic': return [{ do: 'traffic', to: 'here' }]
    case 'stopOld': return [{ side: 'here', do: 'start', parts: stateless }]
  }
}
