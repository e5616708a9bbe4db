import type { ScorePlugin } from '../framework.ts'

/** Prefers the node with the most CPU and memory left, in parts of what it has. */
export const leastAllocated: ScorePlugin = {
  name: 'LeastAllocated',
  weight: 1,
  prepare: () => true,
  score: (pod, node) => (left(node.allocatable['cpu'], node.guessed.cpu + pod.guessed.cpu) + left(node.allocatable['memory'], node.guessed.memory + pod.guessed.memory)) / 2,
}

function left(has = 0, used = 0): number {
  return has <= 0 || used > has ? 0 : ((has - used) * 100) / has
}
