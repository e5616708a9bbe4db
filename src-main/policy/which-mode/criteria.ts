import type { Mode, Needs } from '../../common/which-mode.ts'
import { GROWTH, MODES, STEPS } from '../../common/which-mode.ts'

/** One criterion: how much of it each mode is still right for. */
export interface Criterion {
  readonly id: keyof Needs
  /** The most that the mode is right for: a number, or a step; undefined: there is none. */
  most(mode: Mode, needs: Needs): number | undefined
  /** How much is needed, on the same scale. */
  amount(needs: Needs): number
}

/** `[swarm, toque]`: the most that each is right for; a real cluster has no such end here. */
type Limits = readonly [swarm: number, toque: number]

/**
 * The mission text's numbers. Swarm: one to five people, who do the servers beside their own work; two to five services; one to five servers. Real Kubernetes:
 * dozens of services and servers, thousands at the same time, people whose work it is. Between them is what Toque's own engine is for: the model and the
 * tools of Kubernetes, on a handful of servers.
 */
const NUMBERS: Readonly<Record<'people' | 'servers' | 'services' | 'users', Limits>> = { people: [5, 15], servers: [5, 9], services: [5, 30], users: [1000, 10_000] }
/** The last step that each is right for, counted from 0. */
const LAST_STEPS: Readonly<Record<keyof typeof STEPS, Limits>> = { autoscaling: [1, 2], gpu: [0, 1], growth: [0, 2], tools: [0, 1], control: [0, 0] }
/** What the servers of today come to within a year. */
const FACTORS: Readonly<Record<(typeof GROWTH)[number], number>> = { same: 1, double: 2, many: 5 }

const numeric = (Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]).map((id): Criterion => ({ id, most: (mode) => NUMBERS[id][MODES.indexOf(mode)], amount: (needs) => needs[id] }))
const stepped = (Object.keys(STEPS) as (keyof typeof STEPS)[]).map((id): Criterion => ({
  id, most: (mode, needs) => (id === 'growth' && mode === 'toque' ? mostGrowth(needs) : LAST_STEPS[id][MODES.indexOf(mode)]), amount: (needs) => stepOf(id, needs),
}))

/** All of them, in the order in which people are asked. */
export const CRITERIA: readonly Criterion[] = [...numeric, ...stepped]

/** The position of an answer among its steps. */
export function stepOf(id: keyof typeof STEPS, needs: Needs): number {
  return (STEPS[id] as readonly string[]).indexOf(needs[id])
}

/** The lightest mode that is right by one criterion. */
export function leastFor({ most, amount }: Criterion, needs: Needs): Mode {
  return MODES.find((mode) => amount(needs) <= (most(mode, needs) ?? Infinity)) ?? 'kubernetes'
}

/** Growth alone asks for nothing real: who begins small with Kubernetes' model takes the same manifests along. Unless a year brings more servers than a handful. */
function mostGrowth({ servers }: Needs): number {
  const [, handful] = NUMBERS.servers
  return GROWTH.filter((growth) => servers * FACTORS[growth] <= 2 * handful).length - 1
}
