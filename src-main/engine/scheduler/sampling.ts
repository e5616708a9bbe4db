/** Fewer nodes than this are always all looked at. */
const ALWAYS_ALL = 100
/** Of more nodes, these parts are enough: for a pod without preferences one good node is as good as another. */
const PLAIN_PERCENT = 5
const FEWEST_PERCENT = 5
const GOLDEN = (Math.sqrt(5) - 1) / 2

/**
 * How many nodes that fit are enough to choose from, in a cluster of `total`. A pod with preferences gets upstream's share (half of a small cluster,
 * less and less of a big one).
 */
export function nodesToFind(total: number, hasPreferences: boolean): number {
  if (total <= ALWAYS_ALL) return total
  const percent = hasPreferences ? Math.max(FEWEST_PERCENT, 50 - Math.floor(total / 125)) : PLAIN_PERCENT
  return Math.max(ALWAYS_ALL, Math.floor((total * percent) / 100))
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
