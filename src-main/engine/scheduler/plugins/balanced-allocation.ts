import type { ScorePlugin } from '../framework.ts'

/** Prefers the node whose CPU and memory would be used to like parts: a node out of memory with idle CPUs is of no use. */
export const balancedAllocation: ScorePlugin = {
  name: 'BalancedAllocation',
  weight: 1,
  prepare: () => true,
  score: (pod, node) => {
    const cpu = part(node.allocatable['cpu'], node.guessed.cpu + pod.guessed.cpu)
    const memory = part(node.allocatable['memory'], node.guessed.memory + pod.guessed.memory)
    // The standard deviation of two numbers is half their distance.
    return 100 - (Math.abs(cpu - memory) / 2) * 100
  },
}

function part(has = 0, used = 0): number {
  return has <= 0 ? 1 : Math.min(1, used / has)
}
