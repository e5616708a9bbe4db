import type { ScorePlugin } from '../framework.ts'

/** Prefers the node whose CPU and memory would be used to like parts: a node out of memory with idle CPUs is of no use. */
export const balancedAllocation: ScorePlugin = {
  name: 'BalancedAllocation',
  weight: 1,
  // Pods that ask for nothing would all go where the balance happens to be good.
  prepare: ({ requests }) => (requests['cpu'] ?? 0) > 0 || (requests['memory'] ?? 0) > 0 || undefined,
  score: ({ requests }, { allocatable, requested }) => {
    const cpu = part(allocatable['cpu'], (requested['cpu'] ?? 0) + (requests['cpu'] ?? 0))
    const memory = part(allocatable['memory'], (requested['memory'] ?? 0) + (requests['memory'] ?? 0))
    // The standard deviation of two numbers is half their distance; of one it is none.
    return cpu === undefined || memory === undefined ? 100 : Math.floor((1 - Math.abs((cpu - memory) / 2)) * 100)
  },
}

/** Undefined: the node has nothing of it, and so no say. */
function part(has = 0, used = 0): number | undefined {
  return has <= 0 ? undefined : Math.min(1, used / has)
}
