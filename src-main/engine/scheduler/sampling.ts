/** Up to so many nodes all are looked at; of more, so many that fit are enough for a pod without preferences: one good node is as good as another. */
const ENOUGH = 100
/** Upstream's least share, for pods with preferences in a very big cluster. */
const FEWEST_PERCENT = 5
const GOLDEN = (Math.sqrt(5) - 1) / 2

/**
 * How many nodes that fit are enough to choose from, in a cluster of `total`. A pod with preferences gets upstream's share (half of a small cluster,
 * less and less of a big one).
 */
export function nodesToFind(total: number, hasPreferences: boolean): number {
  if (total <= ENOUGH || !hasPreferences) return Math.min(total, ENOUGH)
  return Math.max(ENOUGH, Math.floor((total * Math.max(FEWEST_PERCENT, 50 - Math.floor(total / 125))) / 100))
}

/**
 * The order in which `total` nodes are looked at, each once: in their own, or from `start` on in leaps, since nodes with like names are often in one zone.
 */
export function visitor(total: number, start: number | undefined): (i: number) => number {
  if (start === undefined) return (i) => i
  const leap = coprimeNear(Math.round(total * GOLDEN), total)
  return (i) => ((start + i) * leap) % total
}

function coprimeNear(wanted: number, total: number): number {
  for (let leap = wanted; leap < wanted + total; leap++) if (divisor(leap, total) === 1) return leap
  return 1
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}
