import type { ScorePlugin } from '../framework.ts'

/** Prefers the node with the most CPU and memory left, in parts of what it has. */
export const leastAllocated: ScorePlugin = {
  name: 'LeastAllocated',
  weight: 1,
  prepare: () => true,
  score: (pod, { allocatable, guessed }) => {
    const cpu = left(allocatable['cpu'], guessed.cpu + pod.guessed.cpu)
    const memory = left(allocatable['memory'], guessed.memory + pod.guessed.memory)
    if (cpu === undefined || memory === undefined) return cpu ?? memory ?? 0
    return Math.floor((cpu + memory) / 2)
  },
}

/** Undefined: the node has nothing of it, and so no say. */
function left(has = 0, used = 0): number | undefined {
  return has <= 0 ? undefined : used > has ? 0 : Math.floor(((has - used) * 100) / has)
}
